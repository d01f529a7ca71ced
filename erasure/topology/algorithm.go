package topology

import "fmt"

// Algorithm is the rule by which a deployment places names on sets, as its labels spell it.
type Algorithm string

const (
	// SipModParity is the rule of every deployment formatted since 2021; see [SetOf].
	SipModParity Algorithm = "SIPMOD+PARITY"

	// SipMod places names exactly as [SipModParity]. Deployments of 2019 to 2021 carry it;
	// it once meant another default parity, which nobody reads from it any more.
	SipMod Algorithm = "SIPMOD"

	// crcMod is the rule of deployments formatted until 2019.
	crcMod = "CRCMOD"
)

// ParseAlgorithm reads the rule a label names. What it refuses it refuses with an
// *AlgorithmError.
func ParseAlgorithm(s string) (Algorithm, error) {
	switch a := Algorithm(s); a {
	case SipModParity, SipMod:
		return a, nil
	}
	return "", &AlgorithmError{Name: s}
}

// AlgorithmError says that a deployment places its names by a rule that is not ours.
// Going on would look for every object in the wrong set and find nothing, so a server
// must not start.
type AlgorithmError struct {
	Name string // as the label spells it
}

// Legacy tells a CRCMOD deployment, formatted before 2020, from an unknown one.
func (e *AlgorithmError) Legacy() bool { return e.Name == crcMod }

func (e *AlgorithmError) Error() string {
	if e.Legacy() {
		return `distribution algorithm "CRCMOD" of deployments formatted before 2020 is not supported; copy the objects to a new deployment through S3`
	}
	return fmt.Sprintf("unknown distribution algorithm %q; the drives were written by newer or foreign software", e.Name)
}
