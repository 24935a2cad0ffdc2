using Confluent.Kafka;
using Marathon.Contracts;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Messaging.Tests;

/// <summary>What cannot be applied, or not even be read, holds up nobody else.</summary>
[Collection(nameof(Servers))]
public sealed class PoisonTests(Servers servers)
{
    private const string NoBroker = "127.0.0.1:1";

    private async Task<Party> StartAsync(Func<IntegrationEvent, int, UnitOfWork, Task> before, string? kafka = null) => await Party.StartAsync(
        Samples.Name(), await servers.CreateDatabaseAsync(), kafka ?? NoBroker, listens: false,
        configure: builder => builder.Services.AddSingleton(new Before(before)),
        on: handlers => handlers.On<GoodsDelivered, Note<GoodsDelivered>>().On<SmsAccepted, Note<SmsAccepted>>());

    [Fact]
    public async Task Batch_WhenMostOfItFails_IsAppliedWithoutThose_InOneTransaction()
    {
        var things = Enumerable.Range(0, 500).Select(_ => Guid.CreateVersion7()).ToList();
        // Anywhere in the batch, and by errors of the database, too.
        var bad = things.Where((_, place) => place % 5 is 0 or 2 or 3).ToHashSet();
        await using var party = await StartAsync(async (told, _, work) =>
        {
            if (!bad.Contains(told.AggregateId)) return;
            await using var fails = work.Command("SELECT 1 / 0");
            await fails.ExecuteNonQueryAsync();
        });

        await party.ApplyAsync([.. things.Select(thing => Samples.Heard(Samples.Delivered(thing), 1))]);

        Assert.Equal(300, bad.Count);
        Assert.Equal(bad.Order(), (await party.Database.RowsAsync("SELECT aggregate_id FROM parked_events WHERE state = 'failed' AND error LIKE '%division by zero%'")).Select(Guid.Parse).Order());
        await party.HeardAsync(1, things.Where(thing => !bad.Contains(thing)));
        Assert.Equal(["200"], await party.Database.RowsAsync("SELECT count(*) FROM heard"));
        // now() is when a transaction began.
        Assert.Equal(["1"], await party.Database.RowsAsync("SELECT count(DISTINCT parked_at) FROM parked_events"));
    }

    [Fact]
    public async Task Follower_WhenItFails_LeavesTheOneBeforeItApplied()
    {
        var thing = Guid.CreateVersion7();
        await using var party = await StartAsync((_, version, _) => version == 2 ? throw new InvalidOperationException("bad luck") : Task.CompletedTask);

        await party.ApplyAsync(Samples.Heard(Samples.Delivered(thing), 2), Samples.Heard(Samples.Delivered(thing), 3));
        Assert.Equal(["2 waiting", "3 waiting"], await party.ParkedAsync());
        await party.ApplyAsync(Samples.Heard(Samples.Delivered(thing), 1));

        await party.HeardAsync(1, thing);
        Assert.Equal(["2 failed", "3 waiting"], await party.ParkedAsync());
        // The letter is one, however often the event comes.
        await party.ApplyAsync(Samples.Heard(Samples.Delivered(thing), 2), Samples.Heard(Samples.Delivered(thing), 4));
        Assert.Equal(["2 failed", "3 waiting", "4 waiting"], await party.ParkedAsync());
    }

    [Fact]
    public async Task Part_WhenItFails_TellsNothing()
    {
        var (good, bad) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await using var party = await StartAsync((told, version, work) =>
        {
            work.Publish(Samples.Accepted(told.AggregateId), version);
            return told.AggregateId == bad && version == 2 ? throw new InvalidOperationException("bad luck") : Task.CompletedTask;
        });

        await party.ApplyAsync([.. from version in Enumerable.Range(1, 3) from thing in new[] { bad, good } select Samples.Heard(Samples.Delivered(thing), version)]);

        Assert.Equal(["1 sms-accepted", "2 sms-accepted", "3 sms-accepted"], await party.Database.ToldAsync(good));
        Assert.Equal(["1 sms-accepted"], await party.Database.ToldAsync(bad));
    }

    [Fact]
    public async Task Failure_WhateverItIs_IsParked()
    {
        var things = Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7()).ToList();
        await using var party = await StartAsync((told, _, _) => things.IndexOf(told.AggregateId) switch
        {
            0 => throw new InvalidOperationException("with a zero byte: \0."),
            1 => throw new OperationCanceledException("a handler's own deadline"),
            2 => throw new System.Text.Json.JsonException(null),
            _ => Task.CompletedTask,
        });

        await party.ApplyAsync([.. things.Select(thing => Samples.Heard(Samples.Delivered(thing), 1))]).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["1 failed", "1 failed", "1 failed"], await party.ParkedAsync());
        await party.HeardAsync(1, things[3]);
    }

    [Fact]
    public async Task Message_WhenItIsNoEvent_IsPutAside_AndHoldsUpNobody()
    {
        await using var party = await StartAsync((_, _, _) => Task.CompletedTask, servers.Kafka);
        using var broker = new Broker(servers.Kafka);
        var (thing, stranger, type) = (Guid.CreateVersion7(), Guid.CreateVersion7(), EventCatalog.Name(typeof(SmsAccepted)));
        var payload = EventCatalog.Serialize(Samples.Accepted(thing));
        var right = Broker.Headers("tests", 1, type).ToList();
        IEnumerable<(string, byte[]?)> With(string name, string? value) =>
            right.Where(header => header.Name != name).Concat(value is null ? [] : [(name, Broker.Bytes(value))]);

        TopicPartitionOffset last = null!;
        var malformed = new Dictionary<long, string>();
        async Task SendAsync(string? problem, string? key, byte[]? value, IEnumerable<(string, byte[]?)> headers)
        {
            last = await broker.ProduceAsync("notifications", 0, key, value, headers);
            if (problem is not null) malformed[last.Offset] = problem;
        }
        await SendAsync("ce_sequence is no version", $"{thing}", payload, []);
        await SendAsync("its key is no aggregate id", null, payload, right);
        await SendAsync("its key is no aggregate id", "M-1234", payload, right);
        await SendAsync("its key is no aggregate id", "\0", payload, right);
        foreach (var version in new[] { "0", "-1", "one", "1.0", "99999999999", "" }) await SendAsync("ce_sequence is no version", $"{thing}", payload, With("ce_sequence", version));
        await SendAsync("ce_type is missing", $"{thing}", payload, With("ce_type", null));
        await SendAsync("ce_type is missing", $"{thing}", payload, With("ce_type", "").Append(("ce_type", null)));
        await SendAsync("ce_time is no instant", $"{thing}", payload, With("ce_time", "yesterday"));
        await SendAsync("ce_source names no service", $"{thing}", payload, With("ce_source", "/elsewhere/tests"));
        await SendAsync("it has no payload", $"{thing}", null, right);
        await SendAsync("ce_sequence is no version", $"{thing}", payload, With("ce_type", "a zero byte: \0").Where(header => header.Item1 != "ce_sequence"));
        // Not malformed: of a type that is not known here; and with a zero byte where it does no harm, waiting, and not.
        await SendAsync(null, $"{stranger}", payload, With("ce_type", "marathon.notifications.sms-recalled.v1"));
        await SendAsync(null, $"{Guid.CreateVersion7()}", payload, Broker.Headers("tests\0", 2, type + "\0").Append(("traceparent", Broker.Bytes("\0"))));
        await SendAsync(null, $"{thing}", payload, right);

        await party.HeardAsync(1, thing);
        await party.Database.AppliedAsync("notifications", 1, stranger);
        var found = await party.Database.RowsAsync("SELECT error FROM parked_events WHERE state = 'malformed' AND error LIKE 'marathon.notifications [[0]]%' ORDER BY id");
        Assert.Equal(malformed.Select(message => $"marathon.notifications [[0]] @{message.Key}: {message.Value}"), found.TakeLast(malformed.Count));
    }
}
