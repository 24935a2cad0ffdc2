using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Marathon.Registration.Application;
using Marathon.Registration.Application.Cancelling;
using Marathon.Registration.Application.Changing;
using Marathon.Registration.Application.Choosing;
using Marathon.Registration.Application.Erasing;
using Marathon.Registration.Application.Ports;
using Marathon.Registration.Domain;
using Marathon.Testing;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>
/// Random lives of registrations, from fixed seeds so that a failure can be looked at again. At each step come one or two commands at once, whether or not it is the time for them: the
/// registration then stands as the model says of the one order or the other, and so do the events that were told of it.
/// </summary>
public sealed class LifeTests(Servers servers) : IClassFixture<Servers>
{
    private const int Lives = 400, MostSteps = 10;
    private const string Key = "its key";

    /// <summary>Days from now: all of it comes back, half of it, nothing, and the race is over. None of them is the last of its kind, so that it does not matter where midnight is.</summary>
    private static readonly int[] Days = [0, 90, 99, 105];

    private static readonly Life New = new(RegistrationStatus.Held, PayStatus.Pending, "110", "Seoul", WantsAll: true, Refund: null, IsPromised: false, IsErased: false, Told: "");

    private static readonly string[] Kinds = ["hold", "promise", "confirm", "confirm", "decline", "expire", "cancel", "change", "change", "choose", "erase"];

    /// <summary>Many live at a time, so that they share the batches in which they are written and the division that they take places of.</summary>
    [Fact]
    public async Task Registration_WhateverIsDoneToIt_KeepsItsInvariants()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: Lives);
        // Nor does the resolver do anything of its own: it is not told what became of a payment.
        service.Answers = _ => "REQUESTED";
        await service.ExecuteAsync("""UPDATE races SET refund_tiers = '[{"daysBefore": 14, "percent": 100}, {"daysBefore": 3, "percent": 50}]'""");
        var ended = new ConcurrentQueue<Life>();

        await Parallel.ForEachAsync(Enumerable.Range(0, Lives), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (seed, _) => ended.Enqueue(await LiveAsync(service, seed)));

        await service.AssertBooksBalanceAsync();
        Assert.Equal(ended.Count(life => life.Status.TakesPlace()), await service.TakenAsync());
        Assert.Equal(Enum.GetValues<RegistrationStatus>(), ended.Select(life => life.Status).Distinct().Order());
        Assert.Equal([null, 0, 10_000, 20_000], ended.Select(life => life.Refund).Distinct().Order());
    }

    private static async Task<Life> LiveAsync(RegistrationService service, int seed)
    {
        var random = new Random(seed);
        var held = service.Wish($"Runner {seed}") with { AccessKeyHash = AccessKeys.Hash(Key) };
        await service.Registrations.Hold(held)!;
        var life = New;
        for (var steps = random.Next(MostSteps + 1); steps > 0; steps--)
        {
            Command[] commands = [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ =>
                new Command(Kinds[random.Next(Kinds.Length)], Days[random.Next(Days.Length)], random.Next(2) == 0 ? "100" : "105", random.Next(2) == 0))];
            Life[] possible = [commands.Aggregate(life, After), commands.Reverse().Aggregate(life, After)];

            await Task.WhenAll(commands.Select(command => DoAsync(service.Registrations, held, command)));

            var (now, told) = await ReadAsync(service, held);
            if (!possible.Contains(now)) Assert.Fail($"seed {seed}: {life} after {string.Join<Command>(" and ", commands)} is {now}");
            if (told is not null) Assert.Equal(now, told);
            life = now;
        }
        return life;
    }

    private static Task DoAsync(IRegistrations registrations, HeldRegistration held, Command command)
    {
        var (number, then) = (held.Number.Text, new SkewedClock(TimeSpan.FromDays(command.Day)));
        return command.Kind switch
        {
            "hold" => registrations.Hold(held)!,
            "promise" => registrations.AwaitPaymentAsync(held, CancellationToken.None),
            "confirm" => registrations.ConfirmAsync(held, CancellationToken.None),
            "decline" => registrations.ReleaseAsync(held, RegistrationStatus.Declined, CancellationToken.None),
            "expire" => registrations.ReleaseAsync(held, RegistrationStatus.Expired, CancellationToken.None),
            "cancel" => new CancelRegistrationHandler(registrations, then).HandleAsync(new CancelRegistration(number, Key), CancellationToken.None),
            "change" => new ChangeRegistrationHandler(registrations, then).HandleAsync(new ChangeRegistration(number, Key, null, null, "Busan " + command.Size, command.Size, null), CancellationToken.None),
            "choose" => new ChooseMessagesHandler(registrations, then).HandleAsync(new ChooseMessages(number, Key, command.All), CancellationToken.None),
            _ => new EraseRegistrationHandler(registrations, then).HandleAsync(new EraseRegistration(number, Key), CancellationToken.None),
        };
    }

    /// <summary>
    /// What ended stays so; only what is held is promised, paid, declined or expired; who paid, and nobody else, gets something back; a person who was erased stays so. Nothing is told of
    /// what was so already, nor of a change as long as nobody knows of the registration.
    /// </summary>
    private static Life After(Life life, Command command)
    {
        var (isHeld, stands) = (life.Status == RegistrationStatus.Held, life.Status.TakesPlace() && !life.IsErased);
        var refund = life.Status != RegistrationStatus.Registered ? 0 : command.Day switch { 0 => 20_000, 90 => 10_000, _ => 0 };
        return command.Kind switch
        {
            "promise" when isHeld && !life.IsPromised => Told("awaiting-payment", life with { IsPromised = true }),
            "confirm" when isHeld => Told("confirmed", life with { Status = RegistrationStatus.Registered, Pay = PayStatus.Completed }),
            "decline" when isHeld => Told("declined", life with { Status = RegistrationStatus.Declined, Pay = PayStatus.Declined }),
            "expire" when isHeld => Told("expired", life with { Status = RegistrationStatus.Expired, Pay = PayStatus.Voided }),
            "cancel" when stands => Told("cancelled", life with { Status = RegistrationStatus.Cancelled, Refund = refund, Pay = isHeld ? PayStatus.Voided : refund > 0 ? PayStatus.RefundDue : life.Pay }),
            "change" when stands => Changed(life with { Size = command.Size, Address = "Busan " + command.Size }),
            "choose" when stands => Changed(life with { WantsAll = command.All }),
            "erase" when !life.IsErased && (!life.Status.TakesPlace() || (!isHeld && command.Day == 105)) => Told("erased", life with { IsErased = true, Address = "" }),
            _ => life,
        };

        static Life Told(string what, Life after) => after with { Told = $"{after.Told} {what}" };

        Life Changed(Life after) => after == life || life.Told == "" ? after : Told("changed", after);
    }

    /// <summary>As it is stored, and as whoever heard all of its events knows it, one by one and without a gap; null where nothing was told.</summary>
    private static async Task<(Life Stored, Life? Heard)> ReadAsync(RegistrationService service, HeldRegistration held)
    {
        var row = (await service.Registrations.FindAsync(held.Number.Text, CancellationToken.None))!;
        var events = (await service.Database.RowsAsync("""
            SELECT concat_ws(' ', version, substring(type FROM 'registration-(.*)\.v1'), convert_from(payload, 'UTF8')) FROM outbox WHERE aggregate_id = $1 ORDER BY seq
            """, held.Id)).Select(told => told.Split(' ', 3)).ToList();
        Assert.Equal(Enumerable.Range(1, events.Count).Select(version => version.ToString(CultureInfo.InvariantCulture)), events.Select(told => told[0]));
        Assert.Equal([$"{events.Count}"], await service.Database.RowsAsync("SELECT version FROM registrations WHERE id = $1", held.Id));
        var stored = new Life(row.Status, row.PayStatus, row.TopSize, row.Address, row.WantsAllMessages, row.RefundDue, row.AwaitsPayment, row.ErasedAt is not null,
            string.Concat(events.Select(told => " " + told[1])));
        return (stored, events.Count == 0 ? null : events.Aggregate(New, (life, told) => Heard(life, told[1], JsonNode.Parse(told[2])!)));
    }

    private static Life Heard(Life life, string what, JsonNode told)
    {
        life = life with { Told = $"{life.Told} {what}" };
        if (told["runner"] is { } runner) life = life with { Size = (string)runner["topSize"]!, Address = (string)runner["address"]!, WantsAll = (bool?)runner["wantsAllMessages"] ?? true };
        var refund = (int?)told["refundDue"];
        return what switch
        {
            "awaiting-payment" => life with { IsPromised = true },
            "confirmed" => life with { Status = RegistrationStatus.Registered, Pay = PayStatus.Completed },
            "declined" => life with { Status = RegistrationStatus.Declined, Pay = PayStatus.Declined },
            "expired" => life with { Status = RegistrationStatus.Expired, Pay = PayStatus.Voided },
            "cancelled" => life with { Status = RegistrationStatus.Cancelled, Refund = refund, Pay = !(bool)told["wasConfirmed"]! ? PayStatus.Voided : refund > 0 ? PayStatus.RefundDue : life.Pay },
            "erased" => life with { IsErased = true },
            _ => life,
        };
    }

    private sealed record Command(string Kind, int Day, string Size, bool All);

    private sealed record Life(
        RegistrationStatus Status, string Pay, string Size, string Address, bool WantsAll, int? Refund, bool IsPromised, bool IsErased, string Told);
}
