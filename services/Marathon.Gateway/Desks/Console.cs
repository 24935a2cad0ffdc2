namespace Marathon.Gateway.Desks;

/// <summary>
/// The console of those who work with races: pages, whole without script. They show what its owner keeps, as it is now, so that whoever has just done something sees it done;
/// and they are here because the gateway is who may ask them all. See docs/adr/0011.
/// </summary>
internal static class Console
{
    public const string Home = "/console", LogIn = Home + "/login", LogOut = Home + "/logout", Overview = Home + "/overview", Races = Home + "/races", NewRace = Races + "/new", Race = Races + "/{raceId:guid}",
        SwitchRace = Race + "/switch", Registrations = Home + "/registrations", Registration = Registrations + "/{number}", Roll = Home + "/roll", Kits = Home + "/kits", KitsOnTheirWay = Kits + "/dispatch",
        Stock = Home + "/stock", Orders = Home + "/orders", Order = Orders + "/{id:guid}", Payments = Home + "/payments", Messages = Home + "/messages", Message = Messages + "/{id:guid}",
        Events = Home + "/events", Audit = Home + "/audit";

    public static void MapConsole(this WebApplication app)
    {
        app.MapGet(Home, (HttpContext context) => Results.Redirect(context.May("GET", Overview) ? Overview : Roll));
        app.MapConsoleLogin();
        app.MapOverview();
        app.MapRacesDesk();
        app.MapRegistrationsDesk();
        app.MapRollDesk();
        app.MapKitsDesk();
        app.MapStockDesk();
        app.MapOrdersDesk();
        app.MapPaymentsDesk();
        app.MapMessagesDesk();
        app.MapEventsDesk();
    }
}
