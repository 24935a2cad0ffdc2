using System.Net;
using System.Net.Sockets;

namespace Marathon.LocalHosting;

/// <summary>Free ports of the loopback address.</summary>
internal static class Ports
{
    private static readonly HashSet<int> Taken = [];

    /// <summary>
    /// A port nobody listens at and that we have not given away. Below the range the kernel takes outgoing ports from, so that it is still
    /// free when its owner is restarted.
    /// </summary>
    public static int Free()
    {
        lock (Taken)
        {
            while (true)
            {
                var port = Random.Shared.Next(20000, 32000);
                if (IsFree(port) && Taken.Add(port)) return port;
            }
        }
    }

    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
