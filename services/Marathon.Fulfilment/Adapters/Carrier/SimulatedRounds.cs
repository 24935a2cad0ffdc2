using System.Net.Http.Headers;
using System.Text.Json;
using Marathon.Fulfilment.Application;
using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Http;
using Npgsql;

namespace Marathon.Fulfilment.Adapters.Carrier;

/// <summary>The simulated carrier's vans: what has been on its way long enough arrives, and the carrier says so from outside, as a real one would, until it is heard.</summary>
public sealed class SimulatedRounds(NpgsqlDataSource books, IHttpClientFactory clients, FulfilmentOptions options, TimeProvider time, ILogger<SimulatedRounds> logger) : BackgroundService
{
    /// <summary>The HTTP client's name.</summary>
    public const string Client = "simulated-carrier";

    private const int AtOnce = 8;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Carrier is not { TransitTime: { } transit, CallbackUrl: { } url }) return;
        await new Rounds(time, options.PollInterval).RunAsync(
            async cancellationToken =>
            {
                var arrived = await ArrivedAsync(transit, cancellationToken);
                await Parallel.ForEachAsync(arrived, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, (number, ct) => ReportAsync(url, number, ct));
            },
            exception => logger.LogDebug("The simulated carrier reports later: {Reason}", Rounds.Reason(exception)), stoppingToken);
    }

    /// <summary>Any replica may report any: the same report twice is the same as once.</summary>
    private async Task<List<string>> ArrivedAsync(TimeSpan transit, CancellationToken cancellationToken)
    {
        await using var select = books.CreateCommand("SELECT tracking_number FROM carrier_parcels WHERE reported_at IS NULL AND booked_at <= now() - $1 AND booked_at > now() - interval '1 day' ORDER BY booked_at LIMIT 200");
        select.Parameters.Add(new() { Value = transit });
        var numbers = new List<string>();
        await using var rows = await select.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken)) numbers.Add(rows.GetString(0));
        return numbers;
    }

    private async ValueTask ReportAsync(Uri url, string number, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { trackingNumber = number, status = "DELIVERED" }, MarathonJson.Options);
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, $"/carriers/{SimulatedCarrier.PathName}/callbacks")) { Content = content };
        request.Headers.Add(CallbackSignature.Header, CallbackSignature.Sign(options.Carrier.Secret, body, time.GetUtcNow()));
        using var answer = await clients.CreateClient(Client).SendAsync(request, cancellationToken);
        // A parcel that was booked for a dispatch that was never committed is no kit of ours yet: it is, when the kit is dispatched again under the same reference.
        if (!answer.IsSuccessStatusCode) return;
        await using var note = books.CreateCommand("UPDATE carrier_parcels SET reported_at = now() WHERE tracking_number = $1 AND reported_at IS NULL");
        note.Parameters.Add(new() { Value = number });
        await note.ExecuteNonQueryAsync(cancellationToken);
    }
}
