// Package changelog makes the text of a release out of the subjects of its commits.
//
// Subjects are imperative ("Add …", "Fix …"), so their first word says which kind of
// change it is. What the word does not tell is a change. The package runs no git.
package changelog
