//! The document and the hub, tried by a program that knows nothing but the document.
