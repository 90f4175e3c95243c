using System.Net;
using System.Net.Sockets;

namespace AvatarBridge
{
    /// <summary>Addresses as people write them.</summary>
    internal static class Endpoint
    {
        public const int DefaultPort = 39539; // VMC protocol, marionette
        public const string ThisComputer = "127.0.0.1";
        public const string AnyV4 = "0.0.0.0";
        /// <summary>IPv6 and, by the dual-mode socket, IPv4.</summary>
        public const string Any = "::";

        /// <summary>All networks over both versions, or over IPv4 where there is no IPv6.</summary>
        public static string AnyForThisMachine => Socket.OSSupportsIPv6 ? Any : AnyV4;

        /// <summary>An IP address, "localhost", or nothing for all networks; names are not looked up.</summary>
        public static bool TryParseBind(string text, out IPAddress address)
        {
            text = (text ?? "").Trim();
            if (text == "" || text == "*") text = AnyV4;
            if (text == "localhost") text = ThisComputer;
            return IPAddress.TryParse(text, out address);
        }

        /// <summary>"host:port" or "[v6]:port", the host an IP address or "localhost".</summary>
        public static bool TryParse(string text, out IPEndPoint endpoint)
        {
            endpoint = null;
            text = (text ?? "").Trim();
            var colon = text.LastIndexOf(':');
            if (colon <= 0 || !int.TryParse(text.Substring(colon + 1), out var port)) return false;
            if (!IsPort(port)) return false;
            var host = text.Substring(0, colon).Trim('[', ']');
            if (host == "localhost") host = ThisComputer;
            if (!IPAddress.TryParse(host, out var address)) return false;
            endpoint = new IPEndPoint(address, port);
            return true;
        }

        public static bool IsPort(int port) => port > 0 && port <= IPEndPoint.MaxPort;

        public static Socket OpenUdp(AddressFamily family) =>
            new Socket(family, SocketType.Dgram, ProtocolType.Udp);
    }
}
