//! The form that registers or changes a machine.

use crate::fresh;
use crate::web::answer::{Answer, WebError, errors_of_all, page, refused, see};
use crate::web::context::Visitor;
use crate::web::view::MachineForm;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, Keeper, MachineDetails, MachineId, Refusal, SubjectId};

/// The fields.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Fields {
    name: String,
    number: String,
    address: String,
    place: String,
    model: String,
    tags: String,
    parent: String,
    note: String,
    keeper_name: String,
    keeper_phone: String,
    keeper_mail: String,
}

impl Fields {
    fn details(&self) -> MachineDetails {
        MachineDetails {
            name: self.name.clone(),
            number: self.number.clone(),
            address: self.address.clone(),
            place: self.place.clone(),
            model: self.model.clone(),
            tags: self.tags.split([',', '，', ';']).map(str::to_owned).collect(),
            note: self.note.replace("\r\n", "\n"),
            parent: self.parent.parse().ok(),
        }
    }

    /// The keeper; whoever has the same mail address elsewhere, or the same name here, is the same subject.
    fn keeper(&self, web: &Shared, visitor: &Visitor, of: Option<MachineId>) -> Keeper {
        let known = web.views.with(|state| state.subject_of_keeper(of, &self.keeper_name, &self.keeper_mail));
        Keeper {
            subject: known.unwrap_or_else(|| SubjectId(fresh::id(visitor.l.now_us))),
            name: self.keeper_name.clone(),
            phone: self.keeper_phone.clone(),
            mail: self.keeper_mail.clone(),
        }
    }

    /// Everything that is wrong with what was typed, so that nobody learns of one field after the other: each
    /// field that is refused is looked past, and the rest is looked at once more.
    fn wrong(mut details: MachineDetails, mut keeper: Keeper, first: Refusal) -> Vec<Refusal> {
        let mut all = vec![first];
        let mut note = |refusal: Refusal| {
            let known = all.iter().any(|r| r.field == refusal.field);
            if !known {
                all.push(refusal);
            }
        };
        while let Err(refusal) = details.clone().checked() {
            match refusal.field {
                Some("name") => "-".clone_into(&mut details.name),
                Some("number") => details.number.clear(),
                Some("address") => details.address.clear(),
                Some("place") => details.place.clear(),
                Some("model") => details.model.clear(),
                Some("note") => details.note.clear(),
                Some("tags") => details.tags.clear(),
                _ => break,
            }
            note(refusal);
        }
        while let Err(refusal) = keeper.clone().checked() {
            match refusal.field {
                Some("keeper_name") => keeper.name.clear(),
                Some("keeper_phone") => keeper.phone.clear(),
                Some("keeper_mail") => keeper.mail.clear(),
                _ => break,
            }
            note(refusal);
        }
        all
    }

    fn form(self, web: &Shared, visitor: &Visitor, id: Option<MachineId>, first: Refusal) -> MachineForm {
        let wrong = Self::wrong(self.details(), self.keeper(web, visitor, id), first);
        MachineForm {
            l: visitor.l,
            id: id.map(|id| id.to_string()),
            name: self.name,
            number: self.number,
            address: self.address,
            place: self.place,
            model: self.model,
            tags: self.tags,
            note: self.note,
            parent: self.parent,
            machines: web.views.with(|state| fill::parent_choices(state, visitor, id)),
            keeper_name: self.keeper_name,
            keeper_phone: self.keeper_phone,
            keeper_mail: self.keeper_mail,
            errors: errors_of_all(&visitor.l, &wrong),
        }
    }
}

/// The empty form.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn blank(web: Shared, visitor: Visitor) -> Answer {
    let machines = web.views.with(|state| fill::parent_choices(state, &visitor, None));
    page(&web, &visitor, StatusCode::OK, MachineForm { l: visitor.l, machines, ..MachineForm::default() })
}

/// Registers a machine; then its agent is to join.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn register(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let machine = MachineId(fresh::id(visitor.l.now_us));
    let (details, keeper) = (fields.details(), fields.keeper(&web, &visitor, None));
    let command = Command::RegisterMachine { machine, details, keeper };
    match refused(web.submit(&visitor, command).await)? {
        Ok(_) => Ok(see(&format!("/machines/{machine}/enrol"), None)),
        Err(refusal) => {
            let form = fields.into_inner().form(&web, &visitor, None, refusal);
            page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, form)
        }
    }
}

/// The form of a machine as it is.
///
/// # Errors
/// When there is no such machine or the page cannot be rendered.
pub async fn edit(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Answer {
    let form =
        web.views.with(|state| state.machines.get(&id).map(|m| fill::machine_form(state, &visitor, m)));
    page(&web, &visitor, StatusCode::OK, form.ok_or(WebError::NotFound)?)
}

/// Changes a machine.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn change(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    fields: web::Form<Fields>,
) -> Answer {
    let (machine, details, keeper) = (*id, fields.details(), fields.keeper(&web, &visitor, Some(*id)));
    let command = Command::ChangeMachine { machine, details, keeper };
    match refused(web.submit(&visitor, command).await)? {
        Ok(_) => Ok(see(&format!("/machines/{machine}"), Some("notice-saved"))),
        Err(refusal) => {
            let form = fields.into_inner().form(&web, &visitor, Some(machine), refusal);
            page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, form)
        }
    }
}
