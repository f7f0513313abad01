# A camera made of GStreamer's RTSP server, for the interop tests.
# Arguments: file, "h264" or "h265", transports ("tcp", "udp"), user, password,
# and for TLS the PEM file of certificate and key. Prints its port, and ends
# when its standard input does.
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

path, codec, transport, user, password, pem = sys.argv[1:7]
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f'( filesrc location="{path}" ! qtdemux ! {codec}parse ! '
    f"rtp{codec}pay name=pay0 pt=96 config-interval=-1 )"
)
factory.set_shared(True)
lower = {"tcp": GstRtsp.RTSPLowerTrans.TCP, "udp": GstRtsp.RTSPLowerTrans.UDP}
factory.set_protocols(lower[transport])
if user:
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    rights = Gst.Structure.new_empty("user")
    rights.set_value("media.factory.access", True)
    rights.set_value("media.factory.construct", True)
    factory.add_role_from_structure(rights)
    if pem:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(pem))
server.get_mount_points().add_factory("/cam", factory)
if server.attach(None) == 0:
    sys.exit("cannot listen")
print(server.get_bound_port(), flush=True)
loop = GLib.MainLoop()


def watch():
    sys.stdin.read()
    GLib.idle_add(loop.quit)


threading.Thread(target=watch, daemon=True).start()
loop.run()
