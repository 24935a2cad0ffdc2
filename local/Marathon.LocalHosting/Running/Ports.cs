using System.Net;
using System.Net.Sockets;

namespace Marathon.LocalHosting;

/// <summary>Free ports of the loopback address.</summary>
internal static class Ports
{
    private static readonly HashSet<int> Taken = [];
    private static readonly List<Socket> Marks = [];

    /// <summary>
    /// A port nobody listens at and that nobody has given away, we or another host beside us, whose service has not begun to listen yet: ours would find its port taken, and our callers talk
    /// to a stranger. Below the range the kernel takes outgoing ports from, so that it is still free when its owner is restarted.
    /// </summary>
    public static int Free()
    {
        lock (Taken)
        {
            while (true)
            {
                var port = Random.Shared.Next(20000, 32000);
                if (IsFree(port) && Taken.Add(port) && TryMark(port)) return port;
            }
        }
    }

    /// <summary>A name in Linux's abstract namespace is nobody's file, and is gone with its process.</summary>
    private static bool TryMark(int port)
    {
        if (!OperatingSystem.IsLinux()) return true;
        var mark = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            mark.Bind(new UnixDomainSocketEndPoint($"\0marathon-port-{port}"));
            Marks.Add(mark);
            return true;
        }
        catch (SocketException)
        {
            mark.Dispose();
            return false;
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
