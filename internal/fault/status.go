package fault

// Status is the kind as an HTTP status (RFC 9110, section 15), for whoever
// answers a request with an error.
func (k Kind) Status() int {
	switch k {
	case Invalid, Refused:
		return 422
	case Denied:
		return 403
	case NotFound:
		return 404
	case Conflict:
		return 409
	case Unavailable, Exhausted:
		return 503
	case Internal, Corrupt:
		return 500
	}
	return 500
}
