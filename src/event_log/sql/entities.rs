//! The tables, one entity each. Numbers are `i64` here, because no database has unsigned ones.

macro_rules! entity {
    ($module:ident, $table:literal, { $( $(#[$attribute:meta])* $field:ident : $type:ty ),* $(,)? }) => {
        pub(super) mod $module {
            use sea_orm::entity::prelude::*;

            #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
            #[sea_orm(table_name = $table)]
            pub struct Model { $( $(#[$attribute])* pub $field: $type ),* }

            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

entity!(log_head, "log_head", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    log_id: Vec<u8>,
    epoch: i64,
    next_pos: i64,
    next_batch: i64,
    chain: Vec<u8>,
    purged_upto: i64,
});

entity!(log_batches, "log_batches", {
    #[sea_orm(primary_key, auto_increment = false)]
    batch: i64,
    first_pos: i64,
    n: i64,
    node: String,
    node_seq: i64,
    ts_us: i64,
    root: Vec<u8>,
    chain: Vec<u8>,
});

entity!(streams, "streams", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    name: String,
});

entity!(events, "events", {
    #[sea_orm(primary_key, auto_increment = false)]
    pos: i64,
    stream: i64,
    ver: Option<i64>,
    kind: i64,
    kver: i64,
    id: Vec<u8>,
    ts_us: i64,
    key_id: Option<Vec<u8>>,
    leaf: Vec<u8>,
    meta: Vec<u8>,
    body: Vec<u8>,
});

entity!(producers, "producers", {
    #[sea_orm(primary_key, auto_increment = false)]
    producer: Vec<u8>,
    epoch: i64,
    last_seq: i64,
    last_pos: i64,
});

entity!(subject_keys, "subject_keys", {
    #[sea_orm(primary_key, auto_increment = false)]
    key_id: Vec<u8>,
    master: String,
    wrapped: Option<Vec<u8>>,
});

entity!(series, "series", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i64,
    source: Vec<u8>,
    metric: String,
    labels: String,
});

entity!(cursors, "cursors", {
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    shard: i64,
    pos: i64,
    chain: Vec<u8>,
    owner: Option<String>,
    lease_us: Option<i64>,
    fence: i64,
});

entity!(parked, "parked", {
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pos: i64,
    attempts: i64,
    next_us: i64,
    error: String,
});

entity!(commands, "commands", {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Vec<u8>,
    req_hash: Vec<u8>,
    pos: i64,
    result: Option<Vec<u8>>,
    expires_us: i64,
});
