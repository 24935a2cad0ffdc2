using System.Net;
using System.Net.Sockets;

namespace Marathon.Testing;

/// <summary>Ports of the loopback address for what a test starts.</summary>
public static class Ports
{
    /// <summary>
    /// Nobody listens at it. Below the ports of <c>Marathon.LocalHosting</c>, and below the range that the kernel takes outgoing ports from: a port of that range is somebody's the next moment.
    /// </summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 20_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException) { }
        }
    }
}
