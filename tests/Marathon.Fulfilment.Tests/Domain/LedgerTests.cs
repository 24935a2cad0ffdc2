using Marathon.Fulfilment.Domain;
using static Marathon.Fulfilment.Domain.DeliveryStatus;

namespace Marathon.Fulfilment.Tests.Domain;

/// <summary>Whatever is done, in whatever order, no piece is lost, none is in two places, and nobody takes what another waits for.</summary>
public class LedgerTests
{
    private static readonly string[] Sizes = ["S", "M", "L"];

    private readonly Guid race = Guid.NewGuid();
    private readonly List<Delivery> kits = [];
    private readonly List<Procurement> orders = [];
    private readonly Dictionary<Sku, int> received = [];
    private IReadOnlyDictionary<Sku, Level> levels = new Dictionary<Sku, Level>();
    private Random random = new(0);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Goods_ThroughThousandsOfRandomSteps_AreAllThereAndWhereTheKitsSay(int seed)
    {
        random = new Random(seed);
        var taken = new Dictionary<string, int>();
        for (var step = 0; step < 6000; step++)
        {
            var shelves = new Shelves(levels, Awaited().Keys);
            var (name, isTaken) = Step(shelves);
            foreach (var movement in shelves.Movements.Where(movement => movement.Kind is MovementKind.Received))
                received[movement.Sku] = received.GetValueOrDefault(movement.Sku) + movement.Quantity;
            levels = new Dictionary<Sku, Level>(shelves.Levels);
            if (isTaken) taken[name] = taken.GetValueOrDefault(name) + 1;
            Check($"step {step}, {name}");
        }
        // A walk that never gets anywhere proves nothing.
        Assert.Equal(14, taken.Count);
        Assert.All(taken, entry => Assert.True(entry.Value >= 20, $"{entry.Key} was done {entry.Value} times"));
    }

    private (string Name, bool IsTaken) Step(Shelves shelves)
    {
        var at = kits.Count == 0 ? -1 : random.Next(kits.Count);
        var order = orders.Count == 0 ? -1 : random.Next(orders.Count);
        switch (random.Next(20))
        {
            case 0 or 1 or 2:
                // Not so many that nobody ever gets anything: who has theirs, or has left, makes room.
                if (kits.Count >= 50 && (at = kits.FindIndex(kit => kit.Status is Cancelled or Returned)) < 0) return ("nothing", false);
                if (kits.Count >= 50) kits.RemoveAt(at);
                kits.Add(new Delivery(Guid.NewGuid(), $"M-{kits.Count}", race, Received, 1, new Kit(Size(), Size())).Serve(shelves));
                return ("register", true);
            case 3 or 4: return ("change", Replace("change", at, kit => kit.Change(Size(), Size(), shelves), shelves));
            case 5 or 6 or 7: return ("dispatch", Replace("dispatch", at, kit => kit.Dispatch(new Shipment("c", "1"), shelves), shelves));
            case 8: return ("pick up", Replace("pick up", at, kit => kit.PickUp(shelves), shelves));
            case 9: return ("deliver", Replace("deliver", at, kit => kit.Deliver(), shelves));
            case 10: return ("cancel", Replace("cancel", at, kit => kit.Cancel(shelves), shelves));
            case 11 when random.Next(4) == 0: return ("erase", Replace("erase", at, kit => kit.Erase(shelves), shelves));
            case 12: return ("return", Replace("return", at, kit => kit.Return(random.Next(3) > 0, new Runner(random.Next(5) > 0 ? "Kim" : "", "", "", Size(), Size()), shelves) is [.., var last] ? last : null, shelves));
            case 13 when random.Next(3) == 0: return ("scrap", shelves.TryMove(new Movement(AnySku(), MovementKind.Scrapped, random.Next(1, 3))));
            case 14 or 15: return ("allocate", Allocate());
            case 16:
                if (orders.Count >= 20) orders.RemoveAll(each => each.Status is ProcurementStatus.Inspected or ProcurementStatus.Cancelled);
                if (orders.Count >= 20) return ("nothing", false);
                orders.Add(new Procurement(Guid.NewGuid(), "PO", race, ProcurementStatus.Requested, 1, [new(Item.Top, Size(), random.Next(1, 9)), new(Item.Bottom, Size(), random.Next(1, 9))]));
                return ("order", true);
            case 17: return ("accept or ship", Progress(order, now => now.Accept(new Supply("s", "n", "010", "ko", 1, "KRW", default)) ?? now.Ship()));
            case 18: return ("inspect", Progress(order, now => now.Inspect([.. now.Lines.Select(line => new Finding(line.Item, line.Size, random.Next(line.Quantity + 1), 0))], shelves)));
            case 19 when random.Next(4) == 0: return ("cancel an order", Progress(order, now => now.Cancel()));
            default: return ("nothing", false);
        }

        // As those who wait are served: in the order in which they came, whoever waits.
        bool Allocate()
        {
            var serving = new Shelves(levels, []);
            for (var each = 0; each < kits.Count; each++) kits[each] = kits[each].Serve(serving);
            foreach (var movement in serving.Movements) Assert.True(shelves.TryMove(movement));
            return serving.Movements.Count > 0;
        }
    }

    private bool Replace(string name, int at, Func<Delivery, Delivery?> step, Shelves shelves)
    {
        if (at < 0) return false;
        var others = Awaited(except: at);
        if (step(kits[at]) is not { } after) return false;
        kits[at] = after;
        var stolen = shelves.Movements.FirstOrDefault(movement => movement.Kind is MovementKind.Allocated && others.ContainsKey(movement.Sku));
        Assert.True(stolen is null, $"{name}: {stolen} was taken from somebody who waits");
        return true;
    }

    private bool Progress(int at, Func<Procurement, Procurement?> step)
    {
        if (at < 0 || step(orders[at]) is not { } after) return false;
        orders[at] = after;
        return true;
    }

    private void Check(string when)
    {
        foreach (var sku in Skus())
        {
            var level = levels.GetValueOrDefault(sku);
            var holders = kits.Where(kit => kit.Sku(sku.Item) == sku && (sku.Item is Item.Top ? kit.Kit.HasTop : kit.Kit.HasBottom)).ToList();
            Assert.True(level is { Free: >= 0, Allocated: >= 0, Gone: >= 0, Scrapped: >= 0 }, $"{when}: {level}");
            Assert.True(received.GetValueOrDefault(sku) == level.Free + level.Allocated + level.Gone + level.Scrapped, $"{when}: {received.GetValueOrDefault(sku)} came of {sku}, there is {level}");
            Assert.True(level.Allocated == holders.Count(kit => Delivery.Here.Contains(kit.Status)), $"{when}: {sku} {level}");
            Assert.True(level.Gone == holders.Count(kit => !Delivery.Here.Contains(kit.Status)), $"{when}: {sku} {level}");
        }
        Assert.DoesNotContain(kits, kit => kit.Status is Ready != (Delivery.Here.Contains(kit.Status) && kit.Kit is { HasTop: true, HasBottom: true }));
        Assert.DoesNotContain(kits, kit => kit.Status is Cancelled or Returned && (kit.Kit.HasTop || kit.Kit.HasBottom));
    }

    private Dictionary<Sku, int> Awaited(int except = -1) => kits.Index()
        .Where(entry => entry.Index != except && entry.Item.Status is Received or Backordered)
        .SelectMany(entry => new[] { (Sku: entry.Item.Sku(Item.Top), Has: entry.Item.Kit.HasTop), (Sku: entry.Item.Sku(Item.Bottom), Has: entry.Item.Kit.HasBottom) })
        .Where(part => !part.Has).GroupBy(part => part.Sku).ToDictionary(same => same.Key, same => same.Count());

    private IEnumerable<Sku> Skus() => from item in Enum.GetValues<Item>() from size in Sizes select new Sku(race, item, size);

    private Sku AnySku() => new(race, (Item)random.Next(2), Size());

    private string Size() => Sizes[random.Next(Sizes.Length)];
}
