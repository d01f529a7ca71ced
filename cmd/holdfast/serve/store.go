package serve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/config"
)

// openStore opens the drives of the configuration and the object engine upon them.
func openStore(context.Context, *config.Config, *slog.Logger) (*Backend, error) {
	return nil, &config.Fault{What: "Cannot open the drives", Reason: errors.ErrUnsupported.Error(), Action: "Wait for the object engine to be wired in", Err: errors.ErrUnsupported}
}

// openDoor makes the S3 door.
func openDoor(*config.Config, objectlayer.Gate, objectlayer.Accounts, *slog.Logger) http.Handler {
	return http.NotFoundHandler()
}
