using System.Net;
using Marathon.ServiceDefaults.Postgres;
using Marathon.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using static Marathon.Registration.Tests.RegistrationService;

namespace Marathon.Registration.Tests;

/// <summary>Replicas whose machines do not agree on the time.</summary>
public sealed class ClockTests(Servers servers) : IClassFixture<Servers>
{
    private static readonly string[] Sizes = ["100"];

    [Theory]
    [InlineData(-1)]
    [InlineData(+1)]
    public async Task Hold_MadeAtAReplicaWhoseClockIsHoursOff_IsKeptAndConfirmed(int hours)
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var off = service.AddReplica(TimeSpan.FromHours(hours));
        service.Answers = _ => null;

        var (status, body) = await RegisterAsync(off);

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM registrations WHERE held_at BETWEEN now() - interval '1 minute' AND now() + interval '1 second'"));
        // The hold lasts ten minutes: whoever took it for over would void the payment.
        service.Answers = action => action == "charge" ? "COMPLETED" : "VOIDED";
        await Eventually.TrueAsync(async () => (string?)(await SendAsync(service.Client, HttpMethod.Get, $"/registrations/{body["number"]}", (string)body["accessKey"]!)).Body["status"] == "REGISTERED");
    }

    [Fact]
    public async Task Clock_WhenTheFirstAnswerTakesTooLong_IsRightBeforeTheServiceBegins()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        using var clock = new DatabaseClock(new SlowAtFirst(TimeSpan.FromHours(1)), service.Database, NullLogger<DatabaseClock>.Instance);

        await clock.StartAsync(CancellationToken.None);

        Assert.InRange(clock.GetUtcNow() - DateTimeOffset.UtcNow, TimeSpan.FromSeconds(-10), TimeSpan.FromSeconds(10));
        await clock.StopAsync(CancellationToken.None);
    }

    /// <summary>A clock that nobody has set, on a machine so busy that two seconds pass between the first looks at it.</summary>
    private sealed class SlowAtFirst(TimeSpan skew) : TimeProvider
    {
        private int looked;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;

        public override long GetTimestamp() => base.GetTimestamp() + (Math.Min(looked++, 3) * 2 * TimestampFrequency);
    }

    [Fact]
    public async Task Race_OpensAtItsTime_AlsoWhereTheClockIsHoursOff()
    {
        await using var service = await RegistrationService.StartAsync(servers, capacity: 1);
        var early = service.AddReplica(TimeSpan.FromHours(2));
        await service.ExecuteAsync($"UPDATE races SET status = 'SCHEDULED', opens_at = now() + interval '1 hour' WHERE id = '{RaceId}'");
        await Eventually.TrueAsync(async () => (string?)(await CallAsync(early, HttpMethod.Get, $"/races/{RaceId}")).Body["status"] == "SCHEDULED");

        Assert.Equal("race-not-open", (string?)(await RegisterAsync(early)).Body["code"]);
        // One that is due is opened: the clocks of both replicas have looked by then.
        var (_, due) = await CallAsync(service.Client, HttpMethod.Post, "/races", new
        {
            name = "Due", place = "Seoul", date = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(100), opensAt = DateTimeOffset.UtcNow.AddSeconds(2), closesAt = DateTimeOffset.UtcNow.AddDays(90),
            divisions = new[] { new { name = "10 km", fee = 30_000, capacity = 1, topSizes = Sizes, bottomSizes = Sizes } },
        });
        await Eventually.TrueAsync(async () => (await CallAsync(early, HttpMethod.Get, $"/races/{due["raceId"]}")).Body["status"]!.ToString() == "OPEN");
        Assert.Equal(1, await service.CountAsync("SELECT count(*) FROM races WHERE status = 'SCHEDULED'"));
    }
}
