using System.Net;
using Marathon.Testing;

namespace Marathon.AppHost.Tests;

/// <summary>Somebody has lost the access key, and has the phone.</summary>
[Collection(WholeSystem.Name)]
public sealed class LinkTests(MarathonApplication marathon)
{
    [Fact]
    public async Task LostKey_ComesBackThroughTheLinkThatWentToThePhone()
    {
        var runner = Visitor.Runner("Kim Forgetful");
        runner["phoneNo"] = "010-7391-5583";
        var registered = await marathon.Visitor.RegisterAsync(runner);
        Assert.True(registered.Status is HttpStatusCode.Created or HttpStatusCode.Accepted, $"{(int)registered.Status} {registered.Text}");
        var ticket = registered.As<Ticket>();
        await marathon.Visitor.PageAsync(ticket, page => Assert.Contains("confirmed", page.Kinds));

        var found = await marathon.Visitor.SendAsync(HttpMethod.Post, "/registrations/find", Visitor.Json(new { phoneNo = "+82 10 7391 5583" }));

        Assert.Equal(HttpStatusCode.Accepted, found.Status);
        // The sandbox's table is the phone.
        var link = await Eventually.GetAsync(async () => new Uri(Assert.Single(await marathon.Databases["notification"].RowsAsync(
            "SELECT substring(text FROM 'https?://\\S+/open/\\S+') FROM sandbox_sms WHERE phone_no = '+821073915583' AND text LIKE '%/open/%'"))));
        using var gateway = marathon.CreateHttpClient("gateway");
        Assert.Equal(gateway.BaseAddress!.Port, link.Port);
        var opened = (await marathon.Visitor.SendAsync(HttpMethod.Post, link.AbsolutePath)).As<Ticket>();
        Assert.Equal((ticket.Number, ticket.AccessKey), (opened.Number, opened.AccessKey));
        await marathon.Visitor.PageAsync(ticket, page => Assert.Contains(page.Messages, message => message.Kind == "link" && message.Text.EndsWith(" …", StringComparison.Ordinal)));
    }
}
