using System.Net;
using System.Net.Http.Json;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Marathon.Chaos.Rules;

namespace Marathon.Chaos.Tests;

/// <summary>A dashboard that was not there when everything happened.</summary>
[Collection(ChaosTests.OneAtATime)]
public sealed class AwayTests(ITestOutputHelper output)
{
    private const int Places = 200, Clients = 20;

    [Fact]
    public async Task Dashboard_WhenItIsAwayDuringASellOut_CatchesUp_AndShowsWhatTheServicesHave_RowByRow()
    {
        await using var system = await RunningSystem.StartAsync([]);
        var app = system.Application;
        var race = await system.OpenRaceAsync("Sold out behind its back", Places, allowsDuplicates: true);
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("dashboard", KnownResourceCommands.StopCommand)).Success);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            using var http = app.CreateHttpClient("gateway", "http");
            for (var status = HttpStatusCode.Created; status != HttpStatusCode.Conflict;)
            {
                using var answer = await http.PostAsJsonAsync("/registrations", new
                {
                    race.RaceId, race.DivisionId, name = $"Runner {client}", phoneNo = "010-1234-4256", address = "Seoul", topSize = "105", bottomSize = "95",
                });
                status = answer.StatusCode;
                Assert.True(status is HttpStatusCode.Created or HttpStatusCode.Accepted or HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable, $"{status}");
            }
        }));

        Assert.True((await app.ResourceCommands.ExecuteCommandAsync("dashboard", KnownResourceCommands.StartCommand)).Success);
        await app.ResourceNotifications.WaitForResourceHealthyAsync("dashboard");
        await Eventually.TrueAsync(async () => await system.NumberAsync("dashboard",
            "SELECT count(*) FROM registrations JOIN messages USING (registration_id) WHERE race_id = $1 AND registrations.status = 'REGISTERED' AND delivery_version > 0", race.RaceId) >= Places);
        Assert.Equal(0, await Verification.CheckAsync(RunningSystem.Services.ToDictionary(service => service, system.Database), ReadSide.Rules, output.WriteLine));
    }
}
