//! Rules: when somebody is to be woken.

use super::asked::{done, made, needs, one_tagged, rule, submit};
use super::error::{ApiError, Reply};
use super::input::{Json, merged};
use super::paging::Listing;
use super::rule_types::{Rule, RuleFilter, RuleInput, RulePatch};
use super::silences::known_machine;
use super::table::{Gives, Operation, RULES, WATCH, delete, get, patch, post, put, query, shape};
use super::tags::{IfMatch, tag};
use crate::fresh;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use watchroom_domain as domain;
use watchroom_domain::{Command, Right, RuleId, Scope, Thing};

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[
    ("kind", "/condition/when"),
    ("metric", "/condition/metric"),
    ("fire", "/condition/fire"),
    ("clear", "/condition/clear"),
    ("for", "/condition/for_s"),
    ("least", "/condition/least"),
];

const ONE: Gives = Gives::One(shape::<Rule>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/rules", WATCH), ("list_rules", "List rules"), Gives::List(shape::<Rule>), || web::to(list))
        .filters(query::<RuleFilter>)
        .says("Those that the asker sees."),
    post(("/api/v1/rules", RULES), ("add_rule", "Add a rule"), Gives::Made(shape::<Rule>), || web::to(add))
        .takes(shape::<RuleInput>)
        .says("Members make rules for single machines that they operate; operators for all."),
    get(("/api/v1/rules/{rule}", WATCH), ("get_rule", "Read a rule"), ONE, || web::to(show)).tagged(),
    put(("/api/v1/rules/{rule}", RULES), ("replace_rule", "Change a rule"), ONE, || web::to(replace))
        .takes(shape::<RuleInput>)
        .tagged()
        .says("What is left out is as for a new rule. Open alerts are over when the rule watches something else."),
    patch(("/api/v1/rules/{rule}", RULES), ("patch_rule", "Change some of a rule, or switch it"), ONE, || {
        web::to(change)
    })
    .takes(shape::<RulePatch>)
    .tagged()
    .says("A merge patch (RFC 7396): what is left out stays. `{\"enabled\": false}` switches it off."),
    delete(("/api/v1/rules/{rule}", RULES), ("remove_rule", "Remove a rule"), || web::to(remove))
        .says("Its open alerts are over."),
];

async fn list(web: Shared, visitor: Visitor, ask: Listing<RuleFilter>) -> Reply {
    let behind = ask.paging.behind::<RuleId>()?;
    let who = visitor.principal();
    let page = web.views.with(|state| {
        let rest = state.rules.values().filter(|r| behind.is_none_or(|b| r.rule > b));
        let seen = rest.filter(|r| rule(state, &who, r.rule).is_ok());
        let told = seen.map(|r| (r.rule, Rule::of(state, &who, r)));
        ask.paging.page(told.filter(|(_, rule)| ask.filter.fits(rule)))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, visitor: &Visitor, id: RuleId) -> Result<(Rule, String), ApiError> {
    let who = visitor.principal();
    web.views.with(|state| {
        let found = rule(state, &who, id)?;
        Ok((Rule::of(state, &who, found), tag(&RuleInput::of(found))))
    })
}

fn tagged(web: &Shared, visitor: &Visitor, id: RuleId) -> Reply {
    let (told, tag) = answer(web, visitor, id)?;
    one_tagged(&told, tag)
}

async fn show(web: Shared, visitor: Visitor, id: web::Path<RuleId>) -> Reply {
    tagged(&web, &visitor, *id)
}

async fn add(web: Shared, visitor: Visitor, body: Json<RuleInput>) -> Reply {
    let id = RuleId(fresh::id(visitor.l.now_us));
    let rule = known(&web, &visitor, body.0.rule(id))?;
    submit(&web, &visitor, Command::AddRule { rule }, POINTERS).await?;
    let (told, _) = answer(&web, &visitor, id)?;
    made(&format!("/api/v1/rules/{id}"), &told)
}

/// The rule, if the asker sees the machine that it names.
fn known(web: &Shared, visitor: &Visitor, rule: domain::Rule) -> Result<domain::Rule, ApiError> {
    if let Scope::Machine { machine } = rule.scope {
        let who = visitor.principal();
        web.views.with(|state| known_machine(state, &who, machine))?;
    }
    Ok(rule)
}

async fn replace(
    web: Shared,
    visitor: Visitor,
    id: web::Path<RuleId>,
    if_match: IfMatch,
    body: Json<RuleInput>,
) -> Reply {
    let _turn = web.changes.lock().await;
    check(&web, &visitor, *id, &if_match)?;
    put_in(&web, &visitor, *id, body.0).await
}

async fn change(
    web: Shared,
    visitor: Visitor,
    id: web::Path<RuleId>,
    if_match: IfMatch,
    body: Json<serde_json::Value>,
) -> Reply {
    let _turn = web.changes.lock().await;
    let present = check(&web, &visitor, *id, &if_match)?;
    put_in(&web, &visitor, *id, merged(&present, body.0)?).await
}

/// What can be changed of a rule, for whoever may and knows its present state.
fn check(web: &Shared, visitor: &Visitor, id: RuleId, named: &IfMatch) -> Result<RuleInput, ApiError> {
    let who = visitor.principal();
    web.views.with(|state| {
        let present = RuleInput::of(rule(state, &who, id)?);
        needs(state, &who, Right::Operate, Thing::Rule(id))?;
        named.check(&tag(&present))?;
        Ok(present)
    })
}

async fn put_in(web: &Shared, visitor: &Visitor, id: RuleId, input: RuleInput) -> Reply {
    let rule = known(web, visitor, input.rule(id))?;
    submit(web, visitor, Command::ChangeRule { rule }, POINTERS).await?;
    tagged(web, visitor, id)
}

async fn remove(web: Shared, visitor: Visitor, id: web::Path<RuleId>) -> Reply {
    submit(&web, &visitor, Command::RemoveRule { rule: *id }, &[]).await?;
    done()
}
