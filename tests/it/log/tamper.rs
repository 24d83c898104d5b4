//! A log that was changed behind the program's back is found out, at the right place.
