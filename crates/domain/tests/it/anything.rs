//! Whatever is asked for, in whatever order, by whomever.

use crate::story::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::*;

fn by() -> impl Strategy<Value = By> {
    prop_oneof![
        12 => Just(By::Hub),
        1 => Just(By::Stranger),
        3 => (0u8..3).prop_map(|n| By::Agent(machine(n))),
        4 => (0u8..3).prop_map(|n| By::Person(person(n))),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        Just(Scope::Everywhere),
        "[a-b]".prop_map(|tag| Scope::Tag { tag }),
        (0u8..3).prop_map(|n| Scope::Machine { machine: machine(n) }),
    ]
}

fn rule() -> impl Strategy<Value = Rule> {
    let condition = prop_oneof![
        (-1i64..3, 80f64..90.0).prop_map(|(s, fire)| Condition::Threshold {
            metric: "temperature_c".to_owned(),
            compare: Compare::Above,
            fire,
            clear: 80.0,
            for_us: s * SECOND_US,
        }),
        (0i64..90).prop_map(|s| Condition::Silent { for_us: s * SECOND_US }),
    ];
    // Not in order, and of people who may not be there: such a rule is refused.
    let step = (0i64..60, prop::collection::vec((0u8..2).prop_map(person), 0..2))
        .prop_map(|(s, to)| EscalationStep { after_us: s * SECOND_US, to });
    let steps = prop::collection::vec(step, 0..3);
    (0u8..3, scope(), condition, any::<bool>(), steps).prop_map(
        |(n, scope, condition, enabled, escalation)| Rule {
            rule: RuleId::derived(&[&n.to_string()]),
            name: format!("rule {n}"),
            scope,
            condition,
            severity: Severity::Warning,
            enabled,
            escalation,
            personal: false,
        },
    )
}

fn alert() -> impl Strategy<Value = AlertCommand> {
    // Few enough that one incident's whole life happens.
    let key = (0u8..2, 0u8..2, prop::bool::weighted(0.2))
        .prop_map(|(r, m, series)| (RuleId::derived(&[&r.to_string()]), machine(m), series.then_some(1)));
    (key, 0u8..4, 20u64..300).prop_map(|(key, what, cause)| {
        let (at_us, value) = (NOW_US, 95.0);
        let reason = alert::ResolveReason::Cleared;
        match what {
            0 => AlertCommand::Open { key, since_us: at_us, value, cause },
            1 => AlertCommand::Fire { key, at_us: at_us + HOUR_US, value, cause },
            2 => AlertCommand::Drop { key, cause },
            _ => AlertCommand::Resolve { key, at_us, value: None, cause, reason },
        }
    })
}

/// What people and the clock do about the incidents of [`alert`].
fn of_alerts() -> impl Strategy<Value = Command> {
    let incident = (alert(), 20u64..300)
        .prop_map(|(command, cause)| match command {
            AlertCommand::Open { key, .. } | AlertCommand::Fire { key, .. } => alert::incident_id(key, cause),
            _ => IncidentId::derived(&["none"]),
        })
        .boxed();
    let at_us = (0i64..600).prop_map(|s| NOW_US + s * SECOND_US);
    let silence = (0u8..2).prop_map(|n| SilenceId::derived(&[&n.to_string()]));
    let rule = prop::option::of((0u8..3).prop_map(|n| RuleId::derived(&[&n.to_string()])));
    prop_oneof![
        (silence.clone(), scope(), rule, at_us.clone()).prop_map(|(silence, scope, rule, until_us)| {
            Command::BeginSilence { silence, scope, rule, until_us, reason: "r".to_owned() }
        }),
        silence.clone().prop_map(|silence| Command::EndSilence { silence }),
        (silence, at_us.clone()).prop_map(|(silence, at_us)| Command::Alert(AlertCommand::EndSilence {
            silence,
            at_us,
            cause: 1
        })),
        (incident.clone(), at_us.clone())
            .prop_map(|(incident, at_us)| Command::Alert(AlertCommand::Review { incident, at_us, cause: 1 })),
        (incident.clone(), 0u32..3, at_us.clone()).prop_map(|(incident, step, at_us)| {
            Command::Alert(AlertCommand::Escalate { incident, step, at_us: at_us + HOUR_US, cause: 1 })
        }),
        incident.clone().prop_map(|incident| Command::Acknowledge { incident }),
        (incident, at_us).prop_map(|(incident, until_us)| Command::Snooze { incident, until_us }),
    ]
}

fn details() -> impl Strategy<Value = MachineDetails> {
    let parent = prop::option::of((0u8..4).prop_map(machine));
    (0u8..4, prop::collection::vec("[a-c]", 0..2), parent).prop_map(|(n, tags, parent)| MachineDetails {
        name: format!("node-{n}"),
        tags,
        parent,
        ..MachineDetails::default()
    })
}

fn of_machines() -> impl Strategy<Value = Command> {
    let mail = prop_oneof![Just("ada@example.org"), Just(""), Just("no mail")];
    prop_oneof![
        (0u8..3, details(), mail.clone()).prop_map(|(n, details, mail)| Command::RegisterMachine {
            machine: machine(n),
            details,
            keeper: keeper(mail)
        }),
        (0u8..3, details(), mail).prop_map(|(n, details, mail)| Command::ChangeMachine {
            machine: machine(n),
            details,
            keeper: keeper(mail)
        }),
        (0u8..3).prop_map(|n| Command::RemoveMachine { machine: machine(n) }),
        (0u8..3).prop_map(|n| Command::RevokeAgent { machine: machine(n) }),
        (0u8..4, 0u8..3, 0u32..3).prop_map(|(token, machine, uses)| issue(token, machine, uses)),
        (0u8..4, 0u8..4).prop_map(|(token, key)| join(token, key)),
        (0u8..3, 0u8..4)
            .prop_map(|(n, key)| Command::RenewAgent { machine: machine(n), identity: identity(key) }),
        (0u8..3, 0u8..4).prop_map(|(machine, key)| connect(machine, key)),
        (0u8..3).prop_map(|n| Command::DisconnectAgent {
            machine: machine(n),
            reason: "closed".to_owned(),
            frames: 0,
            refused: 0,
            connection: 0
        }),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let hostile = prop_oneof![Just(f64::NAN), Just(f64::MAX), Just(91.0), Just(40.0)];
    let time = prop_oneof![Just(NOW_US), Just(Micros::MAX), Just(Micros::MIN), Just(NOW_US - HOUR_US)];
    let number = prop_oneof![8 => 0u64..6, 1 => Just(u64::MAX), 1 => Just(i64::MAX as u64)];
    let numbers = (0u8..3, 1u64..3, number.clone(), number, time.clone(), any::<bool>());
    let numbered = numbers.prop_map(|(n, epoch, seq, dropped, offset_us, late)| Frame {
        offset_us: offset_us.wrapping_sub(NOW_US),
        late,
        dropped,
        ..frame(n, epoch, seq)
    });
    let values = prop::collection::vec(("[a-c_]{1,2}".prop_map(|m| series(&m)), time, hostile), 0..4);
    prop_oneof![
        6 => of_machines(),
        4 => (numbered, values, 0u8..3).prop_map(|(frame, samples, n)| Command::RecordSamples {
            machine: machine(n), frame, samples
        }),
        3 => (0u8..3, 1u64..3, 0u64..6).prop_map(|(n, epoch, seq)| samples(n, epoch, seq, 91.0)),
        2 => rule().prop_map(|rule| Command::AddRule { rule }),
        2 => rule().prop_map(|rule| Command::ChangeRule { rule }),
        1 => (0u8..3).prop_map(|n| Command::RemoveRule { rule: RuleId::derived(&[&n.to_string()]) }),
        8 => alert().prop_map(Command::Alert),
        6 => of_alerts(),
        1 => Just(Command::StartHub { node: "n".to_owned(), program: "p".to_owned() }),
        1 => (0u8..3).prop_map(|n| Command::OpenSession {
            password_phc: PHC.to_owned(),
            session: SessionId::derived(&[&n.to_string()]), person: person(n), token_sha256: "t".to_owned(),
            expires_us: NOW_US, address: String::new(), browser: String::new(), shown: None
        }),
    ]
}

/// Three machines and three rules are there from the start, so that there is something to go wrong with.
fn story(steps: &[(By, Command)]) -> Story {
    let mut story = Story::settled().given(By::Hub, register(1, "one")).given(By::Hub, register(2, "two"));
    let tagged =
        MachineDetails { name: "node-0".to_owned(), tags: vec!["a".to_owned()], ..MachineDetails::default() };
    let command = Command::ChangeMachine { machine: machine(0), details: tagged, keeper: keeper("") };
    story = story.given(By::Hub, command);
    let scopes =
        [Scope::Everywhere, Scope::Tag { tag: "a".to_owned() }, Scope::Machine { machine: machine(1) }];
    for (n, scope) in scopes.into_iter().enumerate() {
        let condition = Condition::Silent { for_us: MINUTE_US };
        let (rule, name) = (RuleId::derived(&[&n.to_string()]), format!("rule {n}"));
        let rule = Rule {
            rule,
            name,
            scope,
            condition,
            severity: Severity::Warning,
            enabled: true,
            escalation: vec![EscalationStep { after_us: MINUTE_US, to: vec![person(0)] }],
            personal: false,
        };
        story = story.given(By::Hub, Command::AddRule { rule });
    }
    for (by, command) in steps {
        story.try_to(*by, command.clone());
        story.now += SECOND_US;
    }
    story
}

/// What must be so whatever happened.
fn check(state: &State) {
    let names: BTreeSet<_> = state.machines.values().map(|m| m.details.name.to_lowercase()).collect();
    assert_eq!(names.len(), state.machines.len(), "two machines of one name");
    assert!(state.machines.values().all(|m| m.agents.len() <= 2), "too many keys");
    assert!(state.tokens.values().all(|t| t.uses_left > 0 && state.machines.contains_key(&t.machine)));
    assert_eq!(state.incidents.len(), state.open_by_key.len());
    for incident in state.incidents.values() {
        assert_eq!(state.open_incident(incident.key()), Some(incident));
        assert!(state.machines.contains_key(&incident.machine), "an incident of a machine that is gone");
        let rule = state.rules.get(&incident.rule).expect("an incident of a rule that is gone");
        assert!(rule.speaks(state.rules.values(), &state.machines[&incident.machine]));
        assert_eq!(incident.has_fired(), incident.fired_us.is_some());
    }
    for incident in state.incidents.values() {
        let on = incident.held.as_ref().and_then(alert::Hold::on);
        let held = on.map(|on| state.incidents.get(&on).is_some_and(Incident::has_fired));
        assert_ne!(held, Some(false), "held by an incident that is over");
        let listed: Vec<_> = state
            .held_by
            .iter()
            .filter(|(_, of)| of.contains(&incident.incident))
            .map(|(on, _)| *on)
            .collect();
        assert_eq!(listed, on.into_iter().collect::<Vec<_>>(), "the index of what holds what");
    }
    for (of, down) in &state.down {
        assert!(!down.is_empty() && down.iter().all(|id| state.incidents[id].machine == *of));
    }
    for (machine, known) in &state.machines {
        let above = std::iter::successors(known.details.parent, |m| state.machines[m].details.parent);
        assert!(above.take(20).all(|m| m != *machine), "a machine hangs on itself");
    }
    for (machine, keys) in &state.series_of {
        for (key, number) in keys {
            let def = state.series.get(number).unwrap();
            assert_eq!((&def.machine, &def.key), (machine, key), "a number means two things");
        }
    }
}

/// Every incident begins once, fires once at most, ends once at most, and takes each step once while it fires.
fn check_lives(log: &[RecordedEvent]) {
    let mut steps = BTreeSet::new();
    let (mut begun, mut fired, mut over) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in log {
        match &event.event {
            Event::AlertPending(e) => assert!(begun.insert(e.incident)),
            Event::AlertFired(e) => {
                assert!(
                    begun.contains(&e.incident) && fired.insert(e.incident) && !over.contains(&e.incident)
                );
            }
            Event::AlertDropped(e) => {
                assert!(
                    begun.contains(&e.incident) && !fired.contains(&e.incident) && over.insert(e.incident)
                );
            }
            Event::AlertEscalated(e) => {
                assert!(fired.contains(&e.incident) && !over.contains(&e.incident));
                assert!(steps.insert((e.incident, e.step)), "a step twice");
            }
            Event::AlertResolved(e) => assert!(fired.contains(&e.incident) && over.insert(e.incident)),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_log_alone_gives_the_state_and_the_state_makes_sense(
        steps in prop::collection::vec((by(), command()), 1..80)
    ) {
        let story = story(&steps);
        check(&story.state);
        check_lives(&story.log);
        prop_assert_eq!(&story.folded(), &story.state);
    }

    #[test]
    fn a_frame_that_was_recorded_is_never_recorded_again(
        steps in prop::collection::vec((by(), command()), 1..60)
    ) {
        let story = story(&steps);
        let mut seen = BTreeSet::new();
        for event in &story.log {
            if let Some(frame) = event.meta.frame {
                prop_assert!(seen.insert((frame.producer, frame.epoch, frame.seq)), "{frame:?} twice");
            }
        }
        for (by, command) in steps {
            let Command::RecordSamples { frame, .. } = &command else { continue };
            if seen.contains(&(frame.producer, frame.epoch, frame.seq)) {
                let again = story.when(by, command.clone());
                prop_assert!(again.as_ref().map_or(true, Vec::is_empty), "{again:?}");
            }
        }
    }

    #[test]
    fn numbers_of_series_are_never_given_out_twice(
        steps in prop::collection::vec((by(), command()), 1..80)
    ) {
        let mut numbers = BTreeSet::new();
        for event in &story(&steps).log {
            if let Event::SeriesDefined(body::SeriesDefined { def }) = &event.event {
                prop_assert!(numbers.insert(def.series), "{def:?}");
            }
        }
    }

    #[test]
    fn nobody_records_what_they_may_not_ask_for(
        steps in prop::collection::vec((by(), command()), 1..40), asked in command(), by in by()
    ) {
        let story = story(&steps);
        let who = story.state.principal(by);
        if !may(&who, asked.action()) {
            prop_assert_eq!(story.then(by, asked), ["forbidden"]);
        }
    }

    /// A log whose events stand in no order that was ever decided, as a faulty restore could leave it.
    #[test]
    fn no_order_of_events_makes_folding_panic(
        steps in prop::collection::vec((by(), command()), 1..60), mix in any::<prop::sample::Index>()
    ) {
        let mut log = story(&steps).log;
        let at = mix.index(log.len());
        log.rotate_left(at);
        let mut state = State::default();
        for event in log.iter().chain(log.iter().rev()) {
            state.apply(event);
        }
    }
}
