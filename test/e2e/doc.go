// Package e2e has the tests that use the server as its users do: with the clients they have, over HTTP and HTTPS, and on
// drives that MinIO left behind.
//
// Every test starts a server of its own (package harness). The programs among the clients are installed by test/install.sh;
// a test whose program is missing fails. Nothing here depends on how the server is made, so a test can be pointed at another
// server of the same protocol (package harness); where that one is known to be wrong the test asks [harness.Peer].
//
// The files are named after the client (aws_test.go, mc_test.go) or after what several clients have in common
// (fixture_test.go, keys_test.go). See docs/TESTING.md.
package e2e
