using System.Net;
using Marathon.Testing;

namespace Marathon.Dashboard.Tests;

/// <summary>A runner is forgotten on their page, whichever stream is late.</summary>
public sealed class ErasingTests(Servers servers) : DashboardTests(servers)
{
    // Nobody else's: the broker is shared with other tests' runners.
    private readonly Story story = new() { Name = $"Kim {Guid.CreateVersion7():N}", Address = $"{Guid.CreateVersion7():N} Nowhere Lane" };

    private Task<IReadOnlyList<string>> FoundAsync() => dashboard.Database.TablesWithAsync(story.Name, story.PhoneNo, story.Address);

    [Fact]
    public async Task Erased_LeavesNobody_AlsoWhenAMessageIsHeardOfLater()
    {
        await others.SendAsync([(story.Confirmed(), 1), (story.Cancelled(), 2), (story.Told("confirmed", 1, "to " + story.Name), 1)]);
        await dashboard.Database.AppliedAsync("registrations", 2, story.RegistrationId);
        await dashboard.Database.AppliedAsync("notifications", 1, story.RegistrationId);
        Assert.Equal(4, (await FoundAsync()).Count);

        await others.SendAsync(story.Erased(), 3);
        await dashboard.Database.AppliedAsync("registrations", 3, story.RegistrationId);
        Assert.Empty(await FoundAsync());

        // Sent before Notification heard of it.
        await others.SendAsync(story.Told("cancelled", 20, "to " + story.Name), 2);
        await dashboard.Database.AppliedAsync("notifications", 2, story.RegistrationId);
        Assert.NotEmpty(await FoundAsync());
        await others.SendAsync(story.MessagesErased(), 3);
        await dashboard.Database.AppliedAsync("notifications", 3, story.RegistrationId);
        Assert.Empty(await FoundAsync());

        using var page = await dashboard.MyPageAsync(story.Number, story.AccessKey);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("\"status\":\"CANCELLED\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_WithItsKey_IsAFileWithEverything_AndWithoutItIsNotThere()
    {
        await others.SendAsync([(story.Confirmed(), 1), (story.Paid(), 1), (story.Told("confirmed", 1, "to " + story.Name), 1)]);
        foreach (var stream in (string[])["registrations", "payments", "notifications"]) await dashboard.Database.AppliedAsync(stream, 1, story.RegistrationId);

        using var file = await dashboard.GetAsync($"/registrations/{story.Number}/export", story.AccessKey);
        using var refused = await dashboard.GetAsync($"/registrations/{story.Number}/export", "somebody's key");

        Assert.Equal((HttpStatusCode.OK, "attachment"), (file.StatusCode, file.Content.Headers.ContentDisposition?.DispositionType));
        var text = await file.Content.ReadAsStringAsync();
        foreach (var own in (string[])[story.Name, story.PhoneNo, story.Address, "COMPLETED", "to " + story.Name]) Assert.Contains(own, text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }
}
