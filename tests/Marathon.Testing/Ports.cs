using System.Net;
using System.Net.Sockets;

namespace Marathon.Testing;

/// <summary>Ports of the loopback address for what a test starts.</summary>
public static class Ports
{
    private static readonly List<Socket> Marks = [];

    /// <summary>
    /// Nobody listens at it, and nobody who asks here, in whichever process, gets it as long as this one lives. Below the ports of <c>Marathon.LocalHosting</c>, and below the range that the kernel takes outgoing ports from: a port of that range is somebody's the next moment.
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
                // A name in Linux's abstract namespace is nobody's file, and is gone with its process.
                var mark = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                mark.Bind(new UnixDomainSocketEndPoint($"\0marathon-port-{port}"));
                lock (Marks) Marks.Add(mark);
                return port;
            }
            catch (SocketException) { }
        }
    }
}
