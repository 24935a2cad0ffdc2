using System.Globalization;

namespace Marathon.Dashboard.Web.Registering;

/// <summary>What has been filled in, kept from one showing of the form to the next. Nothing in it is believed: Registration decides.</summary>
public sealed record Application
{
    /// <summary>Under which it is one registration, however often it is sent: it is in the form, so that a second press and a reload have the same.</summary>
    public string Key { get; init; } = NewKey();

    public string Name { get; init; } = "";
    public string PhoneNo { get; init; } = "";
    public string Address { get; init; } = "";
    public string TopSize { get; init; } = "";
    public string BottomSize { get; init; } = "";
    public string Token { get; init; } = "";

    /// <summary>The fee as the reader saw it: if it is another one by now, nothing is charged.</summary>
    public int? Amount { get; init; }

    public static Application Of(IFormCollection form) => new()
    {
        Key = form.Text("key") is { Length: > 0 and <= 100 } key && key.All(char.IsAsciiLetterOrDigit) ? key : NewKey(),
        Name = form.Text("name"),
        PhoneNo = form.Text("phoneNo"),
        Address = form.Text("address"),
        TopSize = form.Text("topSize"),
        BottomSize = form.Text("bottomSize"),
        Token = form.Text("token"),
        Amount = int.TryParse(form.Text("amount"), CultureInfo.InvariantCulture, out var amount) ? amount : null,
    };

    /// <summary>The same, as a request of its own.</summary>
    public Application Anew() => this with { Key = NewKey() };

    /// <summary>As <c>POST /registrations</c> takes it.</summary>
    public object Command(Guid raceId, Guid divisionId) => new
    {
        raceId, divisionId, Name, PhoneNo, Address, TopSize, BottomSize, Amount, payment = Token.Length > 0 ? new { Token } : null,
    };

    private static string NewKey() => Guid.NewGuid().ToString("N");
}
