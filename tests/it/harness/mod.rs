//! Building blocks of end-to-end tests.
