package classifiedsapi

import "github.com/vitrine-media/vitrine"

// StatusBody is what a subscriber of PUT /webhooks is sent: a status as GET
// statuses gives it.
func StatusBody(classifiedID string, change vitrine.StatusChange) any {
	return statusOf(classifiedID, change)
}
