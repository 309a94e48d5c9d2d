package fakesqs

import (
	"errors"
	"strings"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
)

// failedEntry is a batch's entry that failed.
type failedEntry struct {
	Id          string
	Code        string
	Message     string
	SenderFault bool
}

func failure(id string, err error) failedEntry {
	var known *awsjson.Error
	if !errors.As(err, &known) {
		return failedEntry{Id: id, Code: "InternalError", Message: err.Error()}
	}
	return failedEntry{
		Id: id, Code: strings.TrimPrefix(known.QueryCode, legacy), Message: known.Message, SenderFault: true,
	}
}

func faultEntry(id string, fault faults.Fault) failedEntry {
	return failedEntry{Id: id, Code: fault.Code, Message: fault.Message}
}
