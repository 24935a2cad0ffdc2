using System.Net;

namespace Marathon.AppHost.Tests;

/// <summary>A person is erased from every database of the system, and the report says so because it is so.</summary>
[Collection(WholeSystem.Name)]
public sealed class ErasingTests(MarathonApplication marathon)
{
    private const string Name = "Kim Planted", PhoneNo = "010-7391-5582", Address = "17 Nowhere Lane";

    private Visitor Visitor => marathon.Visitor;

    [Fact]
    public async Task Erased_IsFoundInNoColumnOfNoTableOfNoService()
    {
        var registered = await Visitor.RegisterAsync(new { name = Name, phoneNo = PhoneNo, address = Address, topSize = "110", bottomSize = "100" }, idempotencyKey: "from-" + PhoneNo);
        Assert.True(registered.Status is HttpStatusCode.Created or HttpStatusCode.Accepted, $"{(int)registered.Status} {registered.Text}");
        var ticket = registered.As<Ticket>();
        await Visitor.PageAsync(ticket, page => Assert.Contains("confirmed", page.Kinds));
        Assert.Equal(["dashboard", "fulfilment", "notification", "registration"], (await FoundAsync()).Select(found => found.Split(' ')[0]).Distinct().Order());
        var export = await Visitor.GetAsync($"/registrations/{ticket.Number}/export", ticket.AccessKey);
        Assert.Contains(Address, export.Text, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Conflict, "not-erasable"), await EraseAsync());

        Assert.Equal(HttpStatusCode.OK, (await Visitor.CancelAsync(ticket)).Status);
        // At once: the refund and its message are still on their way.
        Assert.Equal((HttpStatusCode.OK, null), await EraseAsync());

        var auditor = (await Visitor.SendAsync(HttpMethod.Post, "/login", Visitor.Json(new { name = Staff.Auditor, password = Staff.Password }))).Body.GetProperty("accessToken").GetString();
        var report = await Eventually.GetAsync(async () =>
        {
            var answer = await Visitor.GetAsync($"/registrations/{ticket.Number}/erasure", auditor);
            Assert.True(answer.Status == HttpStatusCode.OK && answer.Body.GetProperty("complete").GetBoolean(), answer.Text);
            return answer.Body;
        });
        Assert.All(report.GetProperty("services").EnumerateArray(), service => Assert.Equal(0, service.GetProperty("remaining").GetInt64()));
        // The money still goes its way, and the page says so, to nobody by name.
        await Visitor.PageAsync(ticket, page => Assert.Equal(("CANCELLED", "REFUNDED"), (page.Status, page.PayStatus)));
        await Eventually.GetAsync(async () =>
        {
            Assert.Empty(await FoundAsync());
            return true;
        });

        async Task<(HttpStatusCode, string?)> EraseAsync()
        {
            var answer = await Visitor.SendAsync(HttpMethod.Post, $"/registrations/{ticket.Number}/erase", accessKey: ticket.AccessKey);
            return (answer.Status, answer.Code);
        }
    }

    private async Task<IReadOnlyList<string>> FoundAsync()
    {
        var found = new List<string>();
        foreach (var (service, database) in marathon.Databases) found.AddRange((await database.TablesWithAsync(Name, PhoneNo, Address)).Select(where => $"{service} {where}"));
        return found;
    }
}
