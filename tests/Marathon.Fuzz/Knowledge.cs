using System.Collections.Immutable;
using System.Text.Json;

namespace Marathon.Fuzz;

/// <summary>A registration as its runner knows it.</summary>
internal sealed record Ticket(string Number, string AccessKey);

/// <summary>A race and its first division.</summary>
internal sealed record Race(string RaceId, string DivisionId);

/// <summary>What a caller who means well knows, and learns from answers. What is known may be harmed: cancelled, closed. So there is always something new.</summary>
/// <param name="tokens">Of those who have logged in; the first may do everything.</param>
/// <param name="spare">A login that may be ended.</param>
internal sealed class Knowledge(IReadOnlyList<string> tokens, string spare)
{
    private const int Newest = 20;

    private ImmutableList<Ticket> tickets = [];
    private ImmutableList<Race> races = [];
    private ImmutableList<string> orders = [Guid.Empty.ToString()];
    private ImmutableHashSet<string> numbers = [];

    public IReadOnlyList<string> Tokens => tokens;
    public string Spare => spare;

    /// <summary>Registrations that somebody was told of. One that is not paid for has a number, too.</summary>
    public IReadOnlyCollection<string> Numbers => numbers;

    public int Races => races.Count;

    public Ticket AnyTicket(Random random) => AnyOf(tickets, random);

    public Race AnyRace(Random random) => AnyOf(races, random);

    /// <summary>An order of goods.</summary>
    public string AnyOrder(Random random) => AnyOf(orders, random);

    public void Learn(JsonElement answer)
    {
        if (Text(answer, "procurementId") is { } order) ImmutableInterlocked.Update(ref orders, known => known.Add(order));
        else if (Text(answer, "number") is { } number)
        {
            Learn(number);
            if (Text(answer, "accessKey") is { } accessKey) ImmutableInterlocked.Update(ref tickets, known => known.Add(new Ticket(number, accessKey)));
        }
        else if (Text(answer, "raceId") is { } raceId && answer.TryGetProperty("divisions", out var divisions) && Text(divisions[0], "divisionId") is { } divisionId)
        {
            ImmutableInterlocked.Update(ref races, known => known.Add(new Race(raceId, divisionId)));
        }
    }

    /// <summary>Somebody was told of a registration.</summary>
    public void Learn(string number) => ImmutableInterlocked.Update(ref numbers, known => known.Add(number));

    private static T AnyOf<T>(ImmutableList<T> known, Random random) => known[^(random.Next(Math.Min(Newest, known.Count)) + 1)];

    private static string? Text(JsonElement answer, string name) => answer.TryGetProperty(name, out var value) ? value.GetString() : null;
}
