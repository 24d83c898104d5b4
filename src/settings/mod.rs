//! Settings, one small file per area.
