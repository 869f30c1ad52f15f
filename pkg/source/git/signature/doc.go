// Package signature says who signed a Git commit or tag.
//
// It stands between download and use in package git: what nobody among the [Keys]
// has signed is not read any further. OpenPGP and SSH signatures are understood, as
// git makes them with gpg and ssh-keygen.
//
//	raw object ──► Split ──► signed bytes ──► Keys.Verify ──► use the signed bytes
//	                 └─────► signature ──────────┘
//
// Invariant: [Split] takes exactly the bytes away that git takes away, works on the
// object as it is stored, and gives up on whatever is not as git writes it. Whoever
// uses an object must take it from the signed bytes.
//
// A key is judged by today: one that has expired or was revoked counts for nothing,
// also not for what it signed before. The package does not say whether a commit is
// the newest one; an old one is signed too.
package signature
