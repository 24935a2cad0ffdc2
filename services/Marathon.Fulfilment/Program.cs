using Marathon.Contracts;
using Marathon.Fulfilment.Adapters.Carrier;
using Marathon.Fulfilment.Adapters.Http;
using Marathon.Fulfilment.Adapters.Kafka;
using Marathon.Fulfilment.Adapters.Postgres;
using Marathon.Fulfilment.Adapters.Timer;
using Marathon.Fulfilment.Application;
using Marathon.Fulfilment.Application.Allocating;
using Marathon.Fulfilment.Application.Cancelling;
using Marathon.Fulfilment.Application.Changing;
using Marathon.Fulfilment.Application.CheckingIn;
using Marathon.Fulfilment.Application.Delivering;
using Marathon.Fulfilment.Application.Dispatching;
using Marathon.Fulfilment.Application.Erasing;
using Marathon.Fulfilment.Application.Noting;
using Marathon.Fulfilment.Application.PickingUp;
using Marathon.Fulfilment.Application.Ports;
using Marathon.Fulfilment.Application.Procuring;
using Marathon.Fulfilment.Application.Receiving;
using Marathon.Fulfilment.Application.Returning;
using Marathon.Fulfilment.Application.Scheduling;
using Marathon.Fulfilment.Application.Stocking;
using Marathon.Messaging;
using Marathon.ServiceDefaults.Http;

var builder = WebApplication.CreateSlimBuilder(args);
builder.AddServiceDefaults();
builder.AddMarathonDatabase<FulfilmentDb>("fulfilmentdb");
builder.AddMarathonKafka("kafka");
builder.AddMessaging("fulfilment", handlers => handlers
    .On<RaceScheduled, RaceEvents>()
    .On<RaceChanged, RaceEvents>()
    .On<RegistrationConfirmed, RegistrationEvents>()
    .On<RegistrationChanged, RegistrationEvents>()
    .On<RegistrationCancelled, RegistrationEvents>()
    .On<RegistrationErased, RegistrationEvents>());
builder.Services.AddSingleton(new PersonalData("register_masters", "registration_id = ANY ($1)", "name", "phone_no", "address", "note"));
builder.Services.AddSingleton(new PersonalData("deliveries", "registration_id = ANY ($1)", "name", "phone_no", "address"));
builder.Services.AddOpenApi();

builder.Services.AddSingleton(builder.Configuration.GetSection("Fulfilment").Get<FulfilmentOptions>() ?? new FulfilmentOptions());
builder.Services.AddSingleton<IRaces, Races>().AddSingleton<IRoll, Roll>().AddSingleton<IDeliveries, Deliveries>().AddSingleton<IStock, Stock>().AddSingleton<IProcurements, Procurements>();
builder.Services.AddSingleton<RollList>().AddSingleton<DeliveryList>().AddSingleton<StockList>();
builder.Services.AddSingleton<ICarrier, SimulatedCarrier>().AddHttpClient(SimulatedRounds.Client);
builder.Services.AddHttpClient<IRegistrations, RegistrationClient>(http => http.BaseAddress = new Uri($"http://{ServiceNames.Registration}"));
builder.Services.AddScoped<Kits>();
builder.Services.AddScoped<KeepRaces>().AddScoped<ReceiveRunners>().AddScoped<ChangeRunners>().AddScoped<CancelRunners>().AddScoped<EraseRunners>();
builder.Services.AddScoped<AllocateGoods>().AddScoped<DispatchGoods>().AddScoped<DeliverGoods>().AddScoped<PickUpGoods>().AddScoped<ReturnGoods>();
builder.Services.AddScoped<MoveStock>().AddScoped<RequestGoods>().AddScoped<ProgressProcurement>();
builder.Services.AddScoped<CheckInRunner>().AddScoped<NoteRunners>();
builder.Services.AddHostedService<KitWorker>().AddHostedService<SimulatedRounds>();

var app = builder.Build();
app.MapDefaultEndpoints();
app.MapMessaging();
app.MapOpenApi();
app.MapRoll();
app.MapDeliveries();
app.MapStock();
app.MapProcurements();
app.MapCarriers();
app.Run();
