"""OpenStack Swift with its S3 API, as a program: proxy, account, container and object server in one process.

Run by the system's Python, which has Debian's python3-swift: ``python3 swift_server.py FOLDER``. It writes the port
that it took to FOLDER/port when it serves. One disk, one replica: what a test needs, and a real server all the same,
which checks signatures, refuses strangers and lets presigned addresses expire.
"""
# mypy: ignore-errors

import os
import socket
import sys
from pathlib import Path

import eventlet

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from eventlet import wsgi  # noqa: E402
from swift.common import utils  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

USER, KEY = "easel:easel", "a-key-for-tests"
SWIFT = """
[swift-hash]
swift_hash_path_suffix = easel
[storage-policy:0]
name = one
default = yes
"""
PROXY = f"""
[DEFAULT]
swift_dir = {{folder}}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors cache listing_formats bulk s3api tempauth slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
node_timeout = 120
conn_timeout = 30
recoverable_node_timeout = 120
error_suppression_limit = 1000000
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:9
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
dns_compliant_bucket_names = true
[filter:tempauth]
use = egg:swift#tempauth
user_{USER.replace(":", "_")} = {KEY} .admin
"""
BACKEND = """
[DEFAULT]
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
fallocate_reserve = 0
log_level = ERROR
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


def main() -> None:
    """Serve until SIGTERM."""
    os.fsync = os.fdatasync = lambda _: None  # nothing in it has to outlast a power cut
    folder = Path(sys.argv[1]).resolve()
    (folder / "devices" / "d1").mkdir(parents=True)
    (folder / "swift.conf").write_text(SWIFT)
    utils.set_swift_dir(str(folder))
    reload_storage_policies()
    # Powers of two of parts; few, for one disk.
    for kind in ("account", "container", "object"):
        listener = listen()
        builder = RingBuilder(4, 1, 0)
        port = listener.getsockname()[1]
        builder.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1})
        builder.rebalance()
        builder.get_ring().save(str(folder / f"{kind}.ring.gz"))
        (folder / f"{kind}.conf").write_text(BACKEND.format(folder=folder, kind=kind))
        serve(listener, folder / f"{kind}.conf")
    (folder / "proxy.conf").write_text(PROXY.format(folder=folder))
    listener = listen()
    server = serve(listener, folder / "proxy.conf")
    (folder / "port.part").write_text(str(listener.getsockname()[1]))
    (folder / "port.part").rename(folder / "port")
    server.wait()


def listen() -> object:
    """Take a free port. Accepted connections inherit the option: answers of two small packets must not wait."""
    listener = eventlet.listen(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(listener: object, configuration: Path) -> object:
    """Serve an application in a green thread."""
    application = loadapp(str(configuration))
    return eventlet.spawn(wsgi.server, listener, application, None, log_output=False, keepalive=True, max_size=256)


if __name__ == "__main__":
    main()
