//! Requests that were answered.

use super::entities::commands;
use super::rows::{self, int};
use crate::event_log::store::*;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, SqlErr,
};
use watchroom_domain::{Micros, Position};

pub(super) async fn insert(db: &impl ConnectionTrait, row: &CommandRow) -> Stored<bool> {
    // As with cursors: what "on conflict do nothing" has done is not told alike everywhere.
    match commands::Entity::insert(rows::command_row(row)).exec_without_returning(db).await {
        Ok(_) => Ok(true),
        Err(error) => match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Ok(false),
            _ => Err(error.into()),
        },
    }
}

pub(super) async fn find(db: &impl ConnectionTrait, id: &Hash) -> Stored<Option<CommandRow>> {
    let found = commands::Entity::find_by_id(id.to_vec()).one(db).await?;
    found.map(TryInto::try_into).transpose()
}

pub(super) async fn answer(db: &impl ConnectionTrait, id: &Hash, pos: Position, result: &[u8]) -> Stored<()> {
    commands::Entity::update_many()
        .col_expr(commands::Column::Pos, Expr::value(int(pos)))
        .col_expr(commands::Column::Result, Expr::value(result.to_vec()))
        .filter(commands::Column::Id.eq(id.to_vec()))
        .exec(db)
        .await?;
    Ok(())
}

pub(super) async fn forget(db: &impl ConnectionTrait, id: &Hash) -> Stored<()> {
    commands::Entity::delete_by_id(id.to_vec()).exec(db).await?;
    Ok(())
}

pub(super) async fn count(db: &impl ConnectionTrait, from: &Hash, to: &Hash) -> Stored<u64> {
    let between = commands::Column::Id.between(from.to_vec(), to.to_vec());
    Ok(commands::Entity::find().filter(between).count(db).await?)
}

/// In two steps: not every database deletes from what it selects from.
pub(super) async fn forget_first(
    db: &impl ConnectionTrait,
    from: &Hash,
    to: &Hash,
    count: u64,
) -> Stored<()> {
    if count == 0 {
        return Ok(());
    }
    let between = commands::Column::Id.between(from.to_vec(), to.to_vec());
    let first = commands::Entity::find()
        .select_only()
        .column(commands::Column::Id)
        .filter(between)
        .order_by_asc(commands::Column::ExpiresUs)
        .limit(count);
    let ids: Vec<Vec<u8>> = first.into_tuple().all(db).await?;
    commands::Entity::delete_many().filter(commands::Column::Id.is_in(ids)).exec(db).await?;
    Ok(())
}

pub(super) async fn forget_expired(db: &impl ConnectionTrait, expired_us: Micros) -> Stored<()> {
    let over = commands::Column::ExpiresUs.lte(expired_us);
    commands::Entity::delete_many().filter(over).exec(db).await?;
    Ok(())
}
