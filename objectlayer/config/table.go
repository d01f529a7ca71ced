package config

import (
	"time"
)

func driveSettings() []Setting {
	return []Setting{{
		Name: "volumes", Group: groupDrives, Env: []string{"HOLDFAST_VOLUMES", "MINIO_ARGS", "MINIO_VOLUMES", "MINIO_ENDPOINTS"},
		Doc: "Drives, separated by white space; wins over the arguments of the command. {1...4} stands for a range; every argument with one is a pool.",
		Fix: "Name one directory per drive, such as /mnt/disk{1...4}",
		set: into(func(d *draft) *string { return &d.volumes }, text),
	}, {
		Name: "config", Group: groupDrives, Flag: "config", Arg: "FILE", Env: both("CONFIG"),
		Doc: "YAML file with pools, address, certs-dir, rootUser and rootPassword.",
		set: nothing,
	}, {
		Name: "config-env-file", Group: groupDrives, Env: both("CONFIG_ENV_FILE"),
		Doc: "File of KEY=value lines that override the environment. A file that is absent is ignored.",
		set: nothing,
	}, {
		Name: "erasure-set-drive-count", Group: groupDrives, Env: both("ERASURE_SET_DRIVE_COUNT"), Default: "0",
		Doc: "Drives per erasure set, 2 to 16; 0 chooses. Part of the format: fixed once the drives are formatted.",
		Fix: "Use a divisor of the number of drives from 2 to 16, or leave it out",
		set: into(func(d *draft) *int { return &d.Drives.PerSet }, integer(0, 16)),
	}, {
		Name: "ci-cd", Group: groupDrives, Env: []string{"HOLDFAST_CI_CD", "MINIO_CI_CD", "CI"},
		Doc: "Any value allows several drives to be formatted on the root file system, for trials and tests.",
		set: into(func(d *draft) *bool { return &d.Drives.AllowRoot }, present),
	}, {
		Name: "rootdrive-threshold-size", Group: groupDrives, Env: both("ROOTDRIVE_THRESHOLD_SIZE", "ROOTDISK_THRESHOLD_SIZE"), Default: "0",
		Doc: "A file system of at most this size is taken for the root's, where blank drives are refused; 0 compares devices.",
		Fix: "Write a size such as 100GiB",
		set: into(func(d *draft) *int64 { return &d.Drives.RootBelowBytes }, size),
	}, {
		Name: "drive-max-timeout", Group: groupDrives, Env: both("DRIVE_MAX_TIMEOUT"), Default: "30s",
		Doc: "A drive that does not answer for so long is taken out of service.",
		Fix: "Write a duration of at least 1s, such as 30s",
		set: into(func(d *draft) *time.Duration { return &d.Drives.MaxTimeout }, duration(time.Second, time.Hour)),
	}}
}

func networkSettings() []Setting {
	return []Setting{{
		Name: "address", Group: groupNetwork, Flag: "address", Arg: "HOST:PORT", Env: both("ADDRESS"), YAML: "address", Default: ":9000",
		Doc: "Where to listen. An empty host means every address, port 0 a free port. Loopback is always listened on too.",
		Fix: "Write host:port, such as :9000 or 127.0.0.1:9000",
		set: into(func(d *draft) *string { return &d.Listen.Address }, address),
	}, {
		Name: "certs-dir", Group: groupNetwork, Flag: "certs-dir", Short: "S", Arg: "DIR", Env: []string{"HOLDFAST_CERTS_DIR"}, YAML: "certs-dir",
		Doc: "Folder of public.crt and private.key, and of folders with such pairs for further host names. Default: ~/.minio/certs. TLS is on when the pair is there.",
		set: into(func(d *draft) *string { return &d.certsDir }, text),
	}, {
		Name: "config-dir", Group: groupNetwork, Flag: "config-dir", Short: "C", Arg: "DIR",
		Doc: "Old name: certificates are looked for in the folder certs below it.",
		set: into(func(d *draft) *string { return &d.configDir }, text),
	}, {
		Name: "cert-passwd", Group: groupNetwork, Env: both("CERT_PASSWD"), Secret: true,
		Doc: "Password of encrypted private keys.",
		set: into(func(d *draft) *Secret { return &d.TLS.KeyPassword }, secret),
	}, {
		Name: "api-secure-ciphers", Group: groupNetwork, Env: both("API_SECURE_CIPHERS"), Default: "on",
		Doc: "Off offers old TLS 1.2 cipher suites as well.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.TLS.OldCiphers }, inverted),
	}, {
		Name: "domain", Group: groupNetwork, Env: both("DOMAIN"),
		Doc: "Comma separated domains whose subdomains name buckets: with s3.example.net, photos.s3.example.net is the bucket photos.",
		Fix: "Write host names separated by commas, without scheme and port",
		set: into(func(d *draft) *[]string { return &d.Domains }, domains),
	}, {
		Name: "read-header-timeout", Group: groupNetwork, Flag: "read-header-timeout", Arg: "DURATION", Env: both("READ_HEADER_TIMEOUT"), Default: "30s",
		Doc: "How long a client may take to send the headers of a request.",
		Fix: "Write a duration of at least 1s, such as 30s",
		set: into(func(d *draft) *time.Duration { return &d.Listen.ReadHeaderTimeout }, duration(time.Second, time.Hour)),
	}, {
		Name: "idle-timeout", Group: groupNetwork, Flag: "idle-timeout", Arg: "DURATION", Env: both("IDLE_TIMEOUT"), Default: "30s",
		Doc: "How long a connection may wait for its next request.",
		Fix: "Write a duration of at least 1s, such as 30s",
		set: into(func(d *draft) *time.Duration { return &d.Listen.IdleTimeout }, duration(time.Second, 24*time.Hour)),
	}, {
		Name: "shutdown-timeout", Group: groupNetwork, Flag: "shutdown-timeout", Arg: "DURATION", Env: both("SHUTDOWN_TIMEOUT"), Default: "30s",
		Doc: "How long requests in progress may take after a signal to stop.",
		Fix: "Write a duration, such as 30s",
		set: into(func(d *draft) *time.Duration { return &d.Listen.ShutdownTimeout }, duration(0, time.Hour)),
	}}
}

func accessSettings() []Setting {
	return []Setting{{
		Name: "root-user", Group: groupAccess, Env: both("ROOT_USER"), YAML: "rootUser", Secret: true,
		Doc: "Access key of the operator, at least 3 characters. Without one, a credential is made on first start and kept in the state folder.",
		Fix: "Use at least 3 characters, without white space, = and ,",
		set: into(func(d *draft) *string { return &d.Root.AccessKey }, accessKey),
	}, {
		Name: "root-password", Group: groupAccess, Env: both("ROOT_PASSWORD"), YAML: "rootPassword", Secret: true,
		Doc: "Its secret, at least 8 characters.",
		Fix: "Use at least 8 characters",
		set: into(func(d *draft) *Secret { return &d.Root.Secret }, secretKey),
	}, {
		Name: "access-key", Group: groupAccess, Env: []string{"MINIO_ACCESS_KEY"}, Secret: true,
		Doc: "Old name of root-user.",
		Fix: "Use at least 3 characters, without white space, = and ,",
		set: into(func(d *draft) *string { return &d.legacyUser }, accessKey),
	}, {
		Name: "secret-key", Group: groupAccess, Env: []string{"MINIO_SECRET_KEY"}, Secret: true,
		Doc: "Old name of root-password.",
		Fix: "Use at least 8 characters",
		set: into(func(d *draft) *string { return &d.legacySecret }, legacySecret),
	}, {
		Name: "allow-default-credentials", Group: groupAccess, Flag: "allow-default-credentials", Env: []string{"HOLDFAST_ALLOW_DEFAULT_CREDENTIALS"}, Default: "off",
		Doc: "Start with a credential everybody knows, such as minioadmin, although others than this machine can reach the server.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Root.AllowDefault }, onOff),
	}, {
		Name: "state-dir", Group: groupAccess, Flag: "state-dir", Arg: "DIR", Env: []string{"HOLDFAST_STATE_DIR"},
		Doc: "Folder for what belongs to this server and not to the drives: the credential made on first start. Default: ~/.holdfast.",
		set: into(func(d *draft) *string { return &d.StateDir }, text),
	}, {
		Name: "api-root-access", Group: groupAccess, Env: both("API_ROOT_ACCESS"), Default: "on",
		Doc: "Off refuses the operator's credential. This release knows no other user and does not start with it.",
		Fix: "Leave it out: this release has no users besides the operator",
		set: into(func(d *draft) *bool { return &d.noRootAccess }, inverted),
	}}
}

func keySettings() []Setting {
	return []Setting{{
		Name: "kms-secret-key", Group: groupKeys, Env: both("KMS_SECRET_KEY"), Secret: true,
		Doc: "Key that wraps the keys of objects: a name, a colon, 32 bytes in base64. Losing it loses what is encrypted.",
		Fix: `Write name:key, the key made with "openssl rand -base64 32"`,
		set: setKMSKey,
	}, {
		Name: "kms-auto-encryption", Group: groupKeys, Env: both("KMS_AUTO_ENCRYPTION"), Default: "off",
		Doc: "Encrypt every new object, as if its bucket asked for SSE-S3. Needs kms-secret-key.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.KMS.AutoEncrypt }, onOff),
	}}
}

func storageSettings() []Setting {
	return []Setting{{
		Name: "storage-class-standard", Group: groupStorage, Env: both("STORAGE_CLASS_STANDARD"),
		Doc: "Parity of ordinary objects, EC:n with n up to half of the set. Default by drives per set: 1 none, 2-3 EC:1, 4-5 EC:2, 6-7 EC:3, more EC:4.",
		Fix: "Write EC: and a number of at most half of the drives of a set, such as EC:2",
		set: into(func(d *draft) *string { return &d.Class.Standard }, text),
	}, {
		Name: "storage-class-rrs", Group: groupStorage, Env: both("STORAGE_CLASS_RRS"),
		Doc: "Parity of objects stored as REDUCED_REDUNDANCY, at most that of ordinary ones. Default: EC:1.",
		Fix: "Write EC: and a number of at most the parity of ordinary objects, such as EC:1",
		set: into(func(d *draft) *string { return &d.Class.Reduced }, text),
	}, {
		Name: "storage-class-optimize", Group: groupStorage, Env: both("STORAGE_CLASS_OPTIMIZE"), Default: "availability",
		Doc: "With availability an object written while drives are away gets more parity; with capacity it does not.",
		Fix: "Write availability or capacity",
		set: into(func(d *draft) *string { return &d.Class.Optimize }, oneOf("availability", "capacity")),
	}, {
		Name: "storage-class-inline-block", Group: groupStorage, Env: both("STORAGE_CLASS_INLINE_BLOCK"), Default: "0",
		Doc: "Objects whose shards are at most this large lie in their metadata; 0 is the default of 128KiB (16KiB in versioned buckets).",
		Fix: "Write a size such as 128KiB",
		set: into(func(d *draft) *int64 { return &d.Class.InlineBytes }, size),
	}, {
		Name: "compression-enable", Group: groupStorage, Env: both("COMPRESSION_ENABLE", "COMPRESS"), Default: "off",
		Doc: "Compress new objects of the extensions and types below.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Compression.Enabled }, onOff),
	}, {
		Name: "compression-allow-encryption", Group: groupStorage, Env: both("COMPRESSION_ALLOW_ENCRYPTION", "COMPRESS_ALLOW_ENCRYPTION"), Default: "off",
		Doc: "Compress objects that are encrypted, too. Their length then tells something about their content.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Compression.AllowEncrypted }, onOff),
	}, {
		Name: "compression-extensions", Group: groupStorage, Env: both("COMPRESSION_EXTENSIONS", "COMPRESS_EXTENSIONS"), Empty: true,
		Default: ".txt,.log,.csv,.json,.tar,.xml,.bin",
		Doc:     "Endings of keys to compress. This list and the next empty: everything that is not compressed already.",
		set:     into(func(d *draft) *[]string { return &d.Compression.Extensions }, list),
	}, {
		Name: "compression-mime-types", Group: groupStorage, Env: both("COMPRESSION_MIME_TYPES", "COMPRESS_MIME_TYPES", "COMPRESS_MIMETYPES"), Empty: true,
		Default: "text/*,application/json,application/xml,binary/octet-stream",
		Doc:     "Content types to compress.",
		set:     into(func(d *draft) *[]string { return &d.Compression.Types }, list),
	}}
}

func s3Settings() []Setting {
	return []Setting{{
		Name: "site-region", Group: groupS3, Env: both("SITE_REGION", "REGION", "REGION_NAME"),
		Doc: "Region in signatures and bucket locations. Without one every region is accepted.",
		Fix: "Write a name such as eu-central-1",
		set: into(func(d *draft) *string { return &d.Site.Region }, region),
	}, {
		Name: "site-name", Group: groupS3, Env: both("SITE_NAME"),
		Doc: "Name of this installation in reports.",
		set: into(func(d *draft) *string { return &d.Site.Name }, text),
	}, {
		Name: "api-requests-max", Group: groupS3, Env: both("API_REQUESTS_MAX"), Default: "0",
		Doc: "Requests served at once; more get 429. 0: as many as memory allows, one for each 4 MiB of its limit or of half of what the machine has, at least 64.",
		Fix: "Write a number, 0 for as many as memory allows",
		set: into(func(d *draft) *int { return &d.API.MaxRequests }, integer(0, 1<<20)),
	}, {
		Name: "api-cluster-deadline", Group: groupS3, Env: both("API_CLUSTER_DEADLINE"), Default: "10s",
		Doc: "How long a health probe waits for the drives.",
		Fix: "Write a duration of at least 1s, such as 10s",
		set: into(func(d *draft) *time.Duration { return &d.API.ClusterDeadline }, duration(time.Second, time.Hour)),
	}, {
		Name: "api-cors-allow-origin", Group: groupS3, Env: both("API_CORS_ALLOW_ORIGIN"), Default: "*",
		Doc: "Comma separated origins that scripts in browsers may call from; * stands for any text.",
		set: into(func(d *draft) *[]string { return &d.API.CORSOrigins }, list),
	}, {
		Name: "api-stale-uploads-expiry", Group: groupS3, Env: both("API_STALE_UPLOADS_EXPIRY"), Default: "24h",
		Doc: "A multipart upload that was not touched for so long is dropped.",
		Fix: "Write a duration of at least 1m, such as 24h",
		set: into(func(d *draft) *time.Duration { return &d.API.StaleUploadsExpiry }, duration(time.Minute, 10*365*24*time.Hour)),
	}, {
		Name: "api-stale-uploads-cleanup-interval", Group: groupS3, Env: both("API_STALE_UPLOADS_CLEANUP_INTERVAL"), Default: "6h",
		Doc: "How often such uploads are looked for.",
		Fix: "Write a duration of at least 1m, such as 6h",
		set: into(func(d *draft) *time.Duration { return &d.API.StaleUploadsEvery }, duration(time.Minute, 10*365*24*time.Hour)),
	}, {
		Name: "api-object-max-versions", Group: groupS3, Env: both("API_OBJECT_MAX_VERSIONS"), Default: "9223372036854775807",
		Doc: "Versions one key may have.",
		Fix: "Write a number of at least 1",
		set: into(func(d *draft) *int64 { return &d.API.MaxVersions }, integer64(1)),
	}}
}

func reportSettings() []Setting {
	return []Setting{{
		Name: "quiet", Group: groupReports, Flag: "quiet", Env: []string{"HOLDFAST_QUIET"}, Default: "off",
		Doc: "Say nothing but warnings and errors.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Log.Quiet }, onOff),
	}, {
		Name: "json", Group: groupReports, Flag: "json", Env: []string{"HOLDFAST_JSON"}, Default: "off",
		Doc: "Write the log as one JSON object per line.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Log.JSON }, onOff),
	}, {
		Name: "anonymous", Group: groupReports, Flag: "anonymous", Env: []string{"HOLDFAST_ANONYMOUS"}, Default: "off",
		Doc: "Hide names of buckets, objects and drives in the log.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Log.Anonymous }, onOff),
	}, {
		Name: "log-level", Group: groupReports, Flag: "log-level", Arg: "LEVEL", Env: []string{"HOLDFAST_LOG_LEVEL"}, Default: "info",
		Doc: "debug, info, warn or error.",
		Fix: "Write debug, info, warn or error",
		set: into(func(d *draft) *string { return &d.Log.Level }, oneOf("debug", "info", "warn", "error")),
	}, {
		Name: "prometheus-auth-type", Group: groupReports, Env: both("PROMETHEUS_AUTH_TYPE"), Default: "jwt",
		Doc: "Who may read metrics: holders of a token (jwt) or everybody (public).",
		Fix: "Write jwt or public",
		set: into(func(d *draft) *bool { return &d.Metrics.Public }, is("public", "jwt")),
	}, {
		Name: "prometheus-open-metrics", Group: groupReports, Env: both("PROMETHEUS_OPEN_METRICS"), Default: "off",
		Doc: "Answer scrapers that ask for it in the OpenMetrics format.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Metrics.OpenMetrics }, onOff),
	}}
}

func processSettings() []Setting {
	return []Setting{{
		Name: "memlimit", Group: groupProcess, Flag: "memlimit", Arg: "SIZE", Env: both("MEMLIMIT"), Default: "0",
		Doc: "Memory the process tries to stay below. 0: GOMEMLIMIT, or nine tenths of what its container may use; elsewhere no limit.",
		Fix: "Write a size such as 4GiB",
		set: into(func(d *draft) *int64 { return &d.MemLimit }, size),
	}, {
		Name: "pprof", Group: groupProcess, Flag: "pprof", Env: []string{"HOLDFAST_PPROF"}, Default: "off",
		Doc: "Serve Go profiles below /minio/debug/pprof/ to those who may read metrics with a token.",
		Fix: "Write on or off",
		set: into(func(d *draft) *bool { return &d.Pprof }, onOff),
	}}
}

// ignoredSettings are flags of the server this one replaces. Command lines that hold them keep working.
func ignoredSettings() []Setting {
	row := func(flag, arg, doc string, env ...string) Setting {
		return Setting{Name: flag, Group: groupCompat, Flag: flag, Arg: arg, Env: env, Doc: doc, Ignored: true, set: nothing}
	}
	console := row("console-address", "HOST:PORT", "There is no browser console yet.", both("CONSOLE_ADDRESS")...)
	console.YAML = "console-address"
	return []Setting{
		console,
		row("ftp", "KEY=VALUE", "There is no FTP server."),
		row("sftp", "KEY=VALUE", "There is no SFTP server."),
		row("listeners", "N", "One listener per address serves all connections.", both("LISTENERS")...),
		row("conn-user-timeout", "DURATION", "A client that stalls is cut off after 30s.", both("CONN_USER_TIMEOUT")...),
		row("interface", "NAME", "Name an address of the interface with --address instead.", both("INTERFACE")...),
		row("dns-cache-ttl", "DURATION", "Names are looked up when they are needed.", both("DNS_CACHE_TTL")...),
		row("max-idle-conns-per-host", "N", "There are no other nodes to connect to.", both("MAX_IDLE_CONNS_PER_HOST")...),
		row("crossdomain-xml", "FILE", "Flash is gone.", both("CROSSDOMAIN_XML")...),
		row("send-buf-size", "SIZE", "The kernel sizes buffers.", both("SEND_BUF_SIZE")...),
		row("recv-buf-size", "SIZE", "The kernel sizes buffers.", both("RECV_BUF_SIZE")...),
		row("log-dir", "DIR", "The log goes to standard error.", both("LOG_DIR")...),
		row("log-size", "SIZE", "The log goes to standard error.", both("LOG_SIZE")...),
		row("log-compress", "", "The log goes to standard error.", both("LOG_COMPRESS")...),
		row("log-prefix", "TEXT", "The log goes to standard error.", both("LOG_PREFIX")...),
		{
			Name: "delete-cleanup-interval", Group: groupCompat, Env: both("API_DELETE_CLEANUP_INTERVAL", "DELETE_CLEANUP_INTERVAL"),
			Doc: "The space of what was removed is given back at once.", Ignored: true, set: nothing,
		},
		row("compat", "", "Always on."),
		row("no-compat", "", "Checks of payload hashes are not relaxed."),
	}
}
