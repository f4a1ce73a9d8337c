//! The migrate command as a child process: signals, terminal, inherited descriptors, exit code.
