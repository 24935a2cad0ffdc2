using System.Net;

namespace Marathon.AppHost.Tests;

/// <summary>An organiser's story, from outside: a race is made, opened, run for, and its money is looked at.</summary>
[Collection(WholeSystem.Name)]
public sealed class OrganisingTests(MarathonApplication marathon)
{
    private Visitor Visitor => marathon.Visitor;

    [Fact]
    public async Task Race_IsMadeAndOpenedByAnOrganiser_RunForByAnybody_AndItsPaymentReadByAnAuditor()
    {
        var draft = new
        {
            name = "봄 마라톤",
            place = "춘천",
            date = "2031-05-18",
            opensAt = "2031-03-01T00:00:00Z",
            closesAt = "2031-05-10T00:00:00Z",
            divisions = (object[])[new { name = "하프", fee = 45000, capacity = 3, topSizes = (string[])["95"], bottomSizes = (string[])["90"] }],
        };
        var (organiser, auditor) = (await Visitor.TokenAsync(Staff.Organiser), await Visitor.TokenAsync(Staff.Auditor));

        foreach (var (token, status) in ((string?, HttpStatusCode)[])[(null, HttpStatusCode.Unauthorized), (auditor, HttpStatusCode.Forbidden)])
            Assert.Equal(status, (await Visitor.SendAsync(HttpMethod.Post, "/races", Visitor.Json(draft), token)).Status);
        var made = await Visitor.SendAsync(HttpMethod.Post, "/races", Visitor.Json(draft), organiser);
        Assert.True(made.Status == HttpStatusCode.Created, $"{(int)made.Status} {made.Text}");
        var (raceId, divisionId) = (made.Body.GetProperty("raceId").GetGuid(), made.Body.GetProperty("divisions")[0].GetProperty("divisionId").GetGuid());
        var open = await Visitor.SendAsync(HttpMethod.Post, $"/races/{raceId}/open", null, organiser);
        Assert.Equal((HttpStatusCode.OK, "OPEN"), (open.Status, open.Body.GetProperty("status").GetString()));

        var registered = await Visitor.RegisterAsync(new { raceId, divisionId, name = "이봉주", phoneNo = "010-1234-4256", address = "강원도 춘천시", topSize = "95", bottomSize = "90", amount = 45000 });
        Assert.True(registered.Status is HttpStatusCode.Created or HttpStatusCode.Accepted, $"{(int)registered.Status} {registered.Text}");
        var number = registered.As<Ticket>().Number;

        Assert.Equal(HttpStatusCode.Unauthorized, (await Visitor.GetAsync("/payments/" + number)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Visitor.GetAsync("/payments/" + number, registered.As<Ticket>().AccessKey)).Status);
        await Eventually.GetAsync(async () =>
        {
            var payment = await Visitor.GetAsync("/payments/" + number, auditor);
            Assert.Equal((HttpStatusCode.OK, "COMPLETED", 45000), (payment.Status, payment.Body.GetProperty("status").GetString(), payment.Body.GetProperty("amount").GetInt32()));
            return payment;
        });
        Assert.Equal(HttpStatusCode.OK, (await Visitor.GetAsync("/deadletters", auditor)).Status);
    }
}
