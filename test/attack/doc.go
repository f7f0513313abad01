// Package attack tries what somebody who means harm would try against the
// portal: each test is named for its attack. The portal is the real one with a
// real engine behind it, in this process and without a browser; what is shown
// elsewhere already is named beside these in docs/ref/attacks.md.
package attack
