using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marathon.Contracts;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Messaging.Tests;

/// <summary>What an operator sees of a service's messaging: at /messaging, at /health and in its meters.</summary>
[Collection(nameof(Servers))]
public sealed class StatusTests(Servers servers)
{
    private const string NoBroker = "127.0.0.1:1";

    private async Task<Party> StartAsync(string kafka, bool listens = false) => await Party.StartAsync(
        Samples.Name(), await servers.CreateDatabaseAsync(), kafka, listens,
        settings: [("Messaging:SampleInterval", "00:00:00.100"), ("Messaging:ClusterCheckInterval", "00:00:00.100")],
        configure: builder => builder.Services.AddSingleton(new Before((_, version, _) => version == 2 ? throw new InvalidOperationException("bad luck") : Task.CompletedTask)),
        on: handlers => handlers.On<GoodsDelivered, Note<GoodsDelivered>>());

    private static async Task<(HttpStatusCode Status, JsonElement Messaging, string Whole)> HealthAsync(Party party)
    {
        using var answer = await party.Client.GetAsync("/health");
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (answer.StatusCode, body.GetProperty("checks").GetProperty("messaging"), body.GetProperty("status").GetString()!);
    }

    [Fact]
    public async Task Broker_WhenAway_IsSeenByWhatIsNotSent_AndTheServiceStaysReady()
    {
        await using var party = await StartAsync(NoBroker);
        await Eventually.TrueAsync(async () => await party.Database.RowsAsync("SELECT count(*) FROM outbox_cursor") is ["2"]);
        Assert.Equal("Healthy", (await HealthAsync(party)).Whole);
        for (var i = 0; i < 5; i++) await party.TellAsync(Guid.CreateVersion7());
        await party.TellAsync(Guid.CreateVersion7(), commit: false);

        var state = await party.Client.GetFromJsonAsync<JsonElement>("/messaging");
        Assert.Equal(5, state.GetProperty("unsent").GetInt64());
        Assert.Empty(state.GetProperty("leads").EnumerateObject());
        Assert.Equal("Healthy", (await HealthAsync(party)).Whole);

        // What has not been sent for half a minute is worth a look.
        await party.Database.ExecuteAsync("UPDATE outbox SET occurred_at = now() - interval '31 s'");
        var (status, messaging, whole) = await HealthAsync(party);
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (status, whole));
        Assert.Contains("5 events are not sent", messaging.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.InRange((await party.Service<MessagingStatus>().ReadAsync(CancellationToken.None)).OldestUnsent, TimeSpan.FromSeconds(31), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task DeadLetters_MakeTheHealthDegraded_NotUnhealthy_UntilTheyAreGivenUp()
    {
        await using var party = await StartAsync(NoBroker);
        var thing = Guid.CreateVersion7();
        await party.ApplyAsync(Samples.Heard(Samples.Delivered(Guid.CreateVersion7()), 3));
        Assert.Equal("Healthy", (await HealthAsync(party)).Whole);

        await party.ApplyAsync(Samples.Heard(Samples.Delivered(thing), 1), Samples.Heard(Samples.Delivered(thing), 2));
        await party.Service<EventApplier>().ApplyAsync(new Batch([], [new MalformedMessage("", "deliveries", "", [], "malformed")], [], []), CancellationToken.None);

        var (status, messaging, whole) = await HealthAsync(party);
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (status, whole));
        Assert.Equal("2 dead letters wait for an operator.", messaging.GetProperty("description").GetString());
        var parked = (await party.Client.GetFromJsonAsync<JsonElement>("/messaging")).GetProperty("parked");
        Assert.Equal((1, 1, 1), (parked.GetProperty("failed").GetInt32(), parked.GetProperty("malformed").GetInt32(), parked.GetProperty("waiting").GetInt32()));
        foreach (var id in await party.Database.RowsAsync("SELECT id FROM parked_events WHERE state IN ('failed', 'malformed')"))
        {
            using var dropped = await party.Client.PostAsync($"/deadletters/{id}/drop", null);
            Assert.Equal(HttpStatusCode.OK, dropped.StatusCode);
        }
        Assert.Equal("Healthy", (await HealthAsync(party)).Whole);
    }

    [Fact]
    public async Task State_OfAServiceAtWork_NamesWhatItLeadsAndHowFarBehindItIs()
    {
        await using var party = await StartAsync(servers.Kafka, listens: true);
        var thing = Guid.CreateVersion7();
        await party.TellAsync(thing);
        await party.HeardAsync(1, thing);

        await Eventually.GetAsync(async () =>
        {
            var state = await party.Client.GetFromJsonAsync<JsonElement>("/messaging");
            Assert.Equal(0, state.GetProperty("unsent").GetInt64());
            Assert.Equal("00:00:00", state.GetProperty("oldestUnsent").GetString());
            Assert.Equal(["0", "1"], state.GetProperty("leads").EnumerateObject().Select(shard => shard.Name).Order());
            // Looked at each second: at first nothing is known of it.
            Assert.True(state.GetProperty("lag").TryGetProperty("payments", out var lag) && lag.GetInt64() == 0);
            Assert.Equal("00:00:00", state.GetProperty("oldestUnapplied").GetString());
            return true;
        });
    }

    [Fact]
    public async Task Events_ThatCannotBeApplied_AreLate_UntilTheyCan()
    {
        await using var party = await StartAsync(servers.Kafka, listens: true);
        var (first, thing) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        // It reads by now: the lock is let go of after 15 s.
        await party.TellAsync(first);
        await party.HeardAsync(1, first);
        await using (var holder = await party.Database.OpenConnectionAsync())
        {
            // Until the connection is closed.
            await using var hold = new NpgsqlCommand("BEGIN; LOCK TABLE inbox", holder);
            await hold.ExecuteNonQueryAsync();
            await party.TellAsync(thing);
            await Eventually.TrueAsync(async () => await LateAsync() > TimeSpan.FromSeconds(1));
        }

        await party.HeardAsync(1, thing);
        await Eventually.TrueAsync(async () => await LateAsync() == TimeSpan.Zero);

        async Task<TimeSpan> LateAsync() => (await party.Service<MessagingStatus>().ReadAsync(CancellationToken.None)).OldestUnapplied;
    }

    [Fact]
    public async Task Meters_CountWhatBecameOfEvents()
    {
        await using var party = await StartAsync(NoBroker);
        using var meters = new Meters(party);
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());

        await party.ApplyAsync(Samples.Heard(Samples.Delivered(one), 1), Samples.Heard(Samples.Delivered(one), 1), Samples.Heard(Samples.Delivered(other), 3));
        Assert.Equal((1, 1, 1), (meters["marathon.inbox.applied"], meters["marathon.inbox.dropped"], meters["marathon.inbox.parked waiting"]));
        Assert.Equal(1, meters["marathon.event.lag deliveries"]);

        await party.ApplyAsync(Samples.Heard(Samples.Delivered(other), 1), Samples.Heard(Samples.Delivered(one), 1), Samples.Heard(Samples.Delivered(one), 2));
        Assert.Equal((2, 2, 1), (meters["marathon.inbox.applied"], meters["marathon.inbox.dropped"], meters["marathon.inbox.parked waiting"]));
        Assert.Equal(1, meters["marathon.inbox.parked failed"]);

        await party.TellAsync(one);
        await Eventually.TrueAsync(() => Task.FromResult(meters.Read("marathon.outbox.unsent") == 1 && meters.Read("marathon.inbox.aside failed") == 1));
        Assert.Equal(0, meters.Read("marathon.outbox.leads"));
    }

    [Fact]
    public async Task Meters_OfAServiceThatLeads_CountWhatItSent()
    {
        await using var party = await StartAsync(servers.Kafka, listens: true);
        using var meters = new Meters(party);
        for (var i = 0; i < 6; i++) await party.TellAsync(Guid.CreateVersion7());

        await Eventually.TrueAsync(() => Task.FromResult(meters["marathon.outbox.sent"] >= 6 && meters.Read("marathon.outbox.leads") == 2));
        await Eventually.TrueAsync(() => Task.FromResult(meters["marathon.inbox.applied"] >= 6 && meters.Read("marathon.outbox.unsent") == 0 && meters.Read("marathon.consumer.behind payments") == 0));
    }

    /// <summary>The instruments of one service: counters summed from now on, histograms by how often, gauges as they stand; with their one tag.</summary>
    private sealed class Meters : IDisposable
    {
        private readonly MeterListener listener = new();
        private readonly ConcurrentDictionary<string, double> values = new();

        public Meters(Party party)
        {
            var own = party.Service<IMeterFactory>();
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == "Marathon.Messaging" && instrument.Meter.Scope == own) listening.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, instrument is Histogram<double> ? 1 : value, tags));
            listener.Start();
        }

        public double this[string name] => values.GetValueOrDefault(name);

        public double Read(string gauge)
        {
            listener.RecordObservableInstruments();
            return this[gauge];
        }

        private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            values.AddOrUpdate(tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}", value, (_, before) => instrument.IsObservable ? value : before + value);

        public void Dispose() => listener.Dispose();
    }
}
