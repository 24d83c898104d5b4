//! Renders every page: rich, empty and hostile, in every language. With `WATCHROOM_RENDER` set to a
//! folder, the pages are written there to be looked at in a browser.

use super::samples::{self as s, HOSTILE, NOW_US};
use super::*;
use crate::texts::Lang;
use crate::web::format::Locale;
use askama::Template;
use std::fs;
use std::path::Path;

fn locale(lang: Lang) -> Locale {
    Locale { lang, offset_s: 3_600, now_us: NOW_US }
}

fn page<B: Body>(l: Locale, body: B) -> String {
    Page { frame: s::frame(l), body }.render().unwrap()
}

fn plain<B: Body>(l: Locale, body: B) -> String {
    Plain { l, theme: Theme::System, here: "/login".to_owned(), notice: None, body }.render().unwrap()
}

fn machine_form(l: Locale) -> MachineForm {
    MachineForm {
        l,
        name: "node-13".to_owned(),
        place: "GPU room, rack B".to_owned(),
        keeper_name: "Ada Lovelace".to_owned(),
        keeper_mail: "ada.example.org".to_owned(),
        errors: Errors(vec![("keeper_mail".to_owned(), l.t("refusal-bad_mail"))]),
        ..MachineForm::default()
    }
}

fn enrol(l: Locale, connected_us: Option<i64>) -> Enrol {
    Enrol {
        l,
        machine: "0199a6f2-8c11-7b3a-9d2e-000000000013".to_owned(),
        name: "node-13".to_owned(),
        token: Some(EnrolToken {
            token: "wr1.eyJhIjoiaHViLmV4YW1wbGUub3JnOjc0NDMiLCJjIjoiM2YyYSJ9.q0Jm7vXbT2h8".to_owned(),
            expires_us: NOW_US + 3_600_000_000,
            uses: 1,
        }),
        state: EnrolState { l, machine: "0199a6f2".to_owned(), joined_us: None, connected_us },
    }
}

fn account(l: Locale) -> Account {
    Account {
        l,
        name: "Ada Lovelace".to_owned(),
        login: "ada".to_owned(),
        mail: "ada@example.org".to_owned(),
        role: l.t("role-owner"),
        signed_in_us: NOW_US - 7_200_000_000,
        ..Account::default()
    }
}

fn alerts(l: Locale) -> Alerts {
    let (open, history) = s::cards();
    Alerts { l, list: AlertList { l, open, history, ..AlertList::default() } }
}

/// Every page with rich content.
fn rich(l: Locale) -> Vec<(&'static str, String)> {
    let failed = Setup {
        l,
        secret: "s3cret".to_owned(),
        login: "ada".to_owned(),
        errors: Errors(vec![("password".to_owned(), l.t("refusal-password_short"))]),
        ..Setup::default()
    };
    let wrong = Errors(vec![(String::new(), l.t("refusal-login_wrong"))]);
    vec![
        ("setup", plain(l, failed)),
        ("login", plain(l, Login { l, login: "ada".to_owned(), errors: wrong, ..Login::default() })),
        ("machines", page(l, s::machines(l))),
        ("machine", page(l, s::machine(l))),
        ("machine_form", page(l, machine_form(l))),
        ("enrol", page(l, enrol(l, None))),
        ("enrol_done", page(l, enrol(l, Some(NOW_US)))),
        ("alerts", page(l, alerts(l))),
        ("alert", page(l, s::alert_page(l))),
        ("silences", page(l, s::silences(l))),
        ("hub_rule", page(l, RuleForm { kind: "vanished".to_owned(), ..s::rule_form(l) })),
        ("rules", page(l, s::rules(l))),
        ("rule_form", page(l, s::rule_form(l))),
        ("checks", page(l, s::checks(l))),
        ("check_form", page(l, s::check_form(l))),
        ("mail", page(l, s::mail(l))),
        ("account", page(l, account(l))),
        ("error_404", plain(l, ErrorPage { l, status: 404 })),
        ("error_403", plain(l, ErrorPage { l, status: 403 })),
        ("error_500", plain(l, ErrorPage { l, status: 500 })),
    ]
}

/// Every page of a hub that was just made.
fn empty(l: Locale) -> Vec<(&'static str, String)> {
    let frame = || Frame { activity: Activity { l, ..Activity::default() }, ..s::frame(l) };
    let list = MachineList { l, may_add: true, ..MachineList::default() };
    let machines = Machines { l, figures: Figures { l, ..Figures::default() }, list, may_add: true };
    let quiet = Alerts { l, list: AlertList { l, ..AlertList::default() } };
    let machine = MachinePage {
        charts: Vec::new(),
        facts: Facts { registered_us: NOW_US, ..Facts::default() },
        seen_us: None,
        state: State::Unknown,
        alerts: MachineAlerts { l, ..MachineAlerts::default() },
        events: MachineEvents { l, ..MachineEvents::default() },
        checks: CheckList { l, machine: Some("m".to_owned()), ..CheckList::default() },
        evidence: None,
        ..s::machine(l)
    };
    let mail = Mail {
        ready: false,
        form: MailForm {
            security: "starttls".to_owned(),
            password_kind: "none".to_owned(),
            ..MailForm::default()
        },
        test: None,
        subscriptions: Vec::new(),
        deliveries: Vec::new(),
        ..s::mail(l)
    };
    let none = MachineList { l, q: "zzz".to_owned(), total: 3, ..MachineList::default() };
    let unused = Enrol { token: None, ..enrol(l, None) };
    let filtered = Machines { l, figures: s::figures(l), list: none, may_add: true };
    vec![
        ("empty_machines", Page { frame: frame(), body: machines }.render().unwrap()),
        ("empty_filtered", Page { frame: frame(), body: filtered }.render().unwrap()),
        ("empty_alerts", Page { frame: frame(), body: quiet }.render().unwrap()),
        ("empty_machine", Page { frame: frame(), body: machine }.render().unwrap()),
        (
            "empty_checks",
            Page {
                frame: frame(),
                body: Checks {
                    list: CheckList { l, may_edit: true, ..CheckList::default() },
                    ..s::checks(l)
                },
            }
            .render()
            .unwrap(),
        ),
        ("empty_mail", Page { frame: frame(), body: mail }.render().unwrap()),
        (
            "empty_silences",
            Page {
                frame: frame(),
                body: Silences { list: SilenceList { l, ..SilenceList::default() }, ..s::silences(l) },
            }
            .render()
            .unwrap(),
        ),
        (
            "empty_rules",
            Page {
                frame: frame(),
                body: Rules { rows: Vec::new(), listed: Default::default(), ..s::rules(l) },
            }
            .render()
            .unwrap(),
        ),
        ("empty_enrol", Page { frame: frame(), body: unused }.render().unwrap()),
    ]
}

/// What agents and people may have typed, everywhere that it is shown.
fn hostile(l: Locale) -> Vec<(&'static str, String)> {
    let h = || HOSTILE.to_owned();
    let mut machines = s::machines(l);
    machines.list.q = h();
    for row in &mut machines.list.rows {
        (row.name, row.place, row.keeper, row.owner) = (h(), h(), h(), h());
    }
    let mut machine = s::machine(l);
    (machine.name, machine.tags) = (h(), vec![h()]);
    machine.facts.note = h();
    (machine.facts.mail, machine.facts.phone, machine.facts.address) = (h(), h(), h());
    machine.events.moments[0].who = h();
    machine.events.moments[0].what = Happened::MailGivenUp(h(), h());
    let mut alert = s::alert_page(l);
    (alert.rule, alert.card.machine, alert.why) = (h(), h(), h());
    alert.card.held = Some(Held::Silence(Some((h(), NOW_US))));
    alert.timeline.push(TimelineEntry { at_us: NOW_US, step: Step::Escalated(1, h()) });
    let mut silences = s::silences(l);
    (silences.list.rows[0].reason, silences.list.rows[0].by) = (h(), h());
    (silences.form.reason, silences.form.tag, silences.form.until) = (h(), h(), h());
    if let Cause::Threshold { label, metric, .. } = &mut alert.card.cause {
        (*label, *metric) = (h(), h());
    }
    let mut checks = s::checks(l);
    let row = &mut checks.list.rows[0];
    (row.name, row.machine, row.address, row.why) = (h(), h(), h(), h());
    (row.runner, row.result) = (Some(h()), CheckResult::Unwilling(h()));
    let form_of_check = CheckForm { name: h(), address: h(), contains: h(), ..s::check_form(l) };
    if let Some(evidence) = &mut alert.evidence {
        (evidence.by_cpu[0].name, evidence.by_memory[0].user) = (h(), h());
    }
    let mut mail = s::mail(l);
    (mail.deliveries[0].said, mail.deliveries[0].subject) = (h(), h());
    (mail.form.host, mail.form.from, mail.subscriptions[0].mail) = (h(), h(), h());
    let form = MachineForm { name: h(), note: h(), ..machine_form(l) };
    vec![
        ("hostile_machines", page(l, machines)),
        ("hostile_machine", page(l, machine)),
        ("hostile_alert", page(l, alert)),
        ("hostile_checks", page(l, checks)),
        ("hostile_check_form", page(l, form_of_check)),
        ("hostile_mail", page(l, mail)),
        ("hostile_silences", page(l, silences)),
        ("hostile_form", page(l, form)),
        ("hostile_login", plain(l, Login { l, login: h(), next: h(), ..Login::default() })),
    ]
}

fn every() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for lang in Lang::ALL {
        let l = locale(lang);
        for (name, html) in [rich(l), empty(l), hostile(l)].concat() {
            all.push((format!("{name}.{}", lang.tag()), html));
        }
    }
    all
}

#[test]
fn no_page_holds_anything_inline() {
    for (name, html) in every() {
        for banned in [
            "<style",
            " style=",
            " onclick=",
            " onload=",
            "javascript:",
            "hx-on",
            "js:",
            "http://",
            "https://",
        ] {
            assert!(!html.contains(banned), "{name} contains {banned}");
        }
        assert_eq!(html.matches("<script").count(), 1, "{name} has one script, ours");
    }
}

#[test]
fn hostile_text_is_only_ever_text() {
    for lang in Lang::ALL {
        for (name, html) in hostile(locale(lang)) {
            assert!(html.contains("&#60;script&#62;"), "{name} shows it");
            assert!(!html.contains("alert(1)</script>"), "{name} let it through");
            assert!(!html.contains("\"\"'"), "{name} let it out of an attribute");
        }
    }
}

#[test]
fn every_text_of_every_page_is_in_the_catalogue() {
    for (name, html) in every() {
        let missing = html.split('⟨').nth(1).and_then(|rest| rest.split('⟩').next());
        assert_eq!(missing, None, "{name} asks for a text that there is not");
    }
}

#[test]
fn a_refused_form_keeps_what_was_typed() {
    let html = page(locale(Lang::En), machine_form(locale(Lang::En)));
    for kept in ["value=\"node-13\"", "value=\"GPU room, rack B\"", "value=\"ada.example.org\""] {
        assert!(html.contains(kept), "{kept} is lost");
    }
    assert!(html.contains("aria-invalid"), "the wrong field is not marked");
}

#[test]
fn every_form_posts_and_every_region_can_be_fetched() {
    for (name, html) in every() {
        for form in html.split("<form").skip(1) {
            let tag = form.split('>').next().unwrap();
            let fine =
                ["method=\"post\"", "method=\"get\"", "method=\"dialog\""].iter().any(|m| tag.contains(m));
            assert!(fine, "{name}: {tag}");
        }
        for region in html.split("data-region=").skip(1) {
            let tag = region.split('>').next().unwrap();
            assert!(tag.contains("hx-get="), "{name}: {tag}");
        }
    }
}

#[test]
fn pages_are_written_where_somebody_wants_to_look() {
    let Some(folder) = std::env::var_os("WATCHROOM_RENDER") else { return };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder).unwrap();
    for (name, html) in every() {
        fs::write(folder.join(name + ".html"), html).unwrap();
    }
    for asset in crate::web::assets::all() {
        let path = folder.join(asset.path.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, asset.bytes).unwrap();
    }
}
