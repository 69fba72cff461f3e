package vitrine

import "time"

// Erasure is what was deleted for good, with the receipt of it.
type Erasure struct {
	UUID      string
	AccountID int64
	CreatedAt time.Time
	EndedAt   time.Time // when the last byte was gone; zero while some are being deleted
	Receipt   Receipt
}

// ErasureStatus says how far an erasure has come.
type ErasureStatus string

// The statuses of an erasure.
const (
	ErasureOpen  ErasureStatus = "erasing"
	ErasureEnded ErasureStatus = "erased"
)

// Status is ErasureEnded when the last byte is gone.
func (e *Erasure) Status() ErasureStatus {
	if e.EndedAt.IsZero() {
		return ErasureOpen
	}
	return ErasureEnded
}

// Receipt lists what an erasure removes.
type Receipt struct {
	Keys []string         `json:"keys"` // of stored objects
	URLs []string         `json:"urls"` // public ones, which answer 404 from now on
	Rows map[string]int64 `json:"rows"` // of the database, by table, where any are removed
	// Kept is the SHA-256 of bytes that stay, since another file of the account,
	// or another account, has sent the same.
	Kept []string `json:"kept"`
}
