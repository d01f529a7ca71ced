package serve

import (
	"net/http"
	"net/http/pprof"
)

// profiles serves the Go runtime's profiles below /minio/debug/pprof/. Importing the package also registers them on
// http.DefaultServeMux, which nobody serves.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.StripPrefix("/minio", mux)
}
