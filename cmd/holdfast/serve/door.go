package serve

import (
	"log/slog"
	"net/http"

	"github.com/holdfast-io/holdfast/objectlayer"
	"github.com/holdfast-io/holdfast/objectlayer/config"
	"github.com/holdfast-io/holdfast/s3api"
)

// openDoor makes the S3 door.
func openDoor(cfg *config.Config, gate objectlayer.Gate, accounts objectlayer.Accounts, log *slog.Logger) http.Handler {
	return s3api.New(s3api.Options{
		Gate:        gate,
		Accounts:    accounts,
		Region:      cfg.Site.Region,
		Domains:     cfg.Domains,
		HostID:      hostID(cfg.Listen.Address),
		Origins:     cfg.API.CORSOrigins,
		MaxRequests: cfg.API.MaxRequests,
		Logger:      log,
	})
}
