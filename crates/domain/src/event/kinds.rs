//! From the table of kinds: their bodies, their numbers, and how they are written and read.

macro_rules! events {
    ($( $(#[$doc:meta])* $number:literal v $version:literal $name:ident { $( $(#[$fdoc:meta])* $field:ident : $type:ty ),* $(,)? } )*) => {
        /// Bodies of the events.
        #[allow(missing_docs, reason = "fields say what they are; docs/events.md has them in words")]
        pub mod body {
            use super::*;
            $(
                $(#[$doc])*
                #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
                pub struct $name { $( $(#[$fdoc])* pub $field: $type ),* }
            )*
        }

        /// Something that happened.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each is described at its body")]
        pub enum Event {
            $( $name(body::$name), )*
            Telemetry(Telemetry),
            /// Its subject was forgotten: the body's key is destroyed.
            Forgotten { kind: u16, subject: SubjectId },
            /// Written by a later version of the program.
            Unknown { kind: u16, version: u16 },
        }

        $( impl From<body::$name> for Event {
            fn from(body: body::$name) -> Self { Self::$name(body) }
        } )*

        impl Event {
            /// Number and name of every kind.
            pub const KINDS: &'static [(u16, &'static str)] =
                &[$( ($number, stringify!($name)), )* (TELEMETRY.kind, "Telemetry")];

            /// The number and version under which this is recorded.
            pub fn kind(&self) -> Kind {
                match self {
                    $( Event::$name(_) => Kind { kind: $number, version: $version }, )*
                    Event::Telemetry(_) => TELEMETRY,
                    Event::Forgotten { kind, .. } => Kind { kind: *kind, version: 0 },
                    Event::Unknown { kind, version } => Kind { kind: *kind, version: *version },
                }
            }

            /// The kind's name in the words of the log.
            pub fn name(&self) -> &'static str {
                match self {
                    $( Event::$name(_) => stringify!($name), )*
                    Event::Telemetry(_) => "Telemetry",
                    Event::Forgotten { .. } => "Forgotten",
                    Event::Unknown { .. } => "Unknown",
                }
            }

            /// The body as JSON; `None` for telemetry (whose body is binary) and for what cannot be written.
            pub fn to_json(&self) -> Option<Vec<u8>> {
                match self {
                    $( Event::$name(body) => serde_json::to_vec(body).ok(), )*
                    _ => None,
                }
            }

            /// An event from its JSON body, brought to the present version.
            ///
            /// # Errors
            /// [`DecodeError`] when the body is not what its kind and version say.
            pub fn from_json(kind: u16, version: u16, bytes: &[u8]) -> Result<Self, DecodeError> {
                let fail = |cause: serde_json::Error| DecodeError { kind, version, cause: cause.to_string() };
                match kind {
                    $( $number if version > $version => Ok(Event::Unknown { kind, version }),
                       $number if version == $version => {
                           serde_json::from_slice(bytes).map(Event::$name).map_err(fail)
                       }
                       $number => {
                           let mut map: Map<String, Value> = serde_json::from_slice(bytes).map_err(fail)?;
                           upcast(UPCASTS, kind, version, $version, &mut map)?;
                           serde_json::from_value(Value::Object(map)).map(Event::$name).map_err(fail)
                       } )*
                    _ => Ok(Event::Unknown { kind, version }),
                }
            }
        }
    };
}
