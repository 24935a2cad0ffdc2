using System.Net;
using System.Net.Sockets;

namespace Marathon.LocalBroker;

/// <summary>
/// The fixed address. The mock listens at a port of its own choosing, so clients bootstrap here; its metadata then send them to that port,
/// and no message passes through. After a restart they come back here and learn the new port.
/// </summary>
internal sealed class Forwarder : IDisposable
{
    private readonly TcpListener listener;

    private Forwarder(TcpListener listener) => this.listener = listener;

    /// <exception cref="SocketException">The port is in use.</exception>
    public static Forwarder Start(int port, int target)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        var forwarder = new Forwarder(listener);
        _ = forwarder.AcceptAsync(target);
        return forwarder;
    }

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync(int target)
    {
        while (true) _ = ForwardAsync(await listener.AcceptTcpClientAsync(), target);
    }

    private static async Task ForwardAsync(TcpClient client, int target)
    {
        using (client)
        using (var broker = new TcpClient { NoDelay = true })
        {
            try
            {
                client.NoDelay = true;
                await broker.ConnectAsync(IPAddress.Loopback, target);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(broker.GetStream()),
                    broker.GetStream().CopyToAsync(client.GetStream()));
            }
            catch (Exception error) when (error is IOException or SocketException)
            {
                // Either side may leave at any time.
            }
        }
    }
}
