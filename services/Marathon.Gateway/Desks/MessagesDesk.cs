namespace Marathon.Gateway.Desks;

/// <summary>What was told to whom, and every time that it was given to the provider.</summary>
internal static class MessagesDesk
{
    public static void MapMessagesDesk(this WebApplication app)
    {
        app.MapGet(Console.Messages, async (HttpContext context) =>
        {
            var visit = new Visit(context);
            return visit.Show<MessagesPage>((nameof(MessagesPage.Messages), await visit.ReadAsync<Listed<MessageLine>>(
                "/smshistories", query: [("q", visit["q"]), ("status", visit["status"]), ("number", visit["number"]), ("page", $"{visit.Page}"), ("size", "50")])));
        });
        app.MapGet(Console.Message, async (Guid id, HttpContext context) =>
        {
            var visit = new Visit(context);
            return await visit.FindAsync<MessageReply>("/smshistories/{id:guid}", $"/smshistories/{id}") is { } sms ? visit.Show<MessagePage>((nameof(MessagePage.Sms), sms)) : visit.NotThere();
        });
    }
}
