"""The addresses of the workbench."""

from __future__ import annotations

from django.urls import include, path

from cleanbill.shells.web.views import (
    bills,
    crediting,
    decide,
    entrance,
    find,
    findings,
    home,
    imports,
    jobs,
    master,
    members,
    pricing,
    queue,
    runs,
    second,
    setup,
    undo,
)

handler400 = entrance.bad_request
handler403 = entrance.forbidden
handler404 = entrance.missing
handler500 = entrance.broken

urlpatterns = [
    path("", entrance.entrance, name="entrance"),
    path("language", entrance.language, name="language"),
    path("accounts/", include("allauth.urls")),
    path("o/<slug:slug>/", home.home, name="home"),
    path("o/<slug:slug>/queue", queue.queue, name="queue"),
    path("o/<slug:slug>/queue/decide", decide.decide, name="queue-decide"),
    path("o/<slug:slug>/queue/undo", undo.undo, name="queue-undo"),
    path("o/<slug:slug>/queue/views", queue.views, name="queue-views"),
    path("o/<slug:slug>/queue/<int:finding>", findings.finding, name="queue-one"),
    path("o/<slug:slug>/queue/<int:finding>/line", findings.line, name="queue-line"),
    path("o/<slug:slug>/runs", runs.runs, name="runs"),
    path("o/<slug:slug>/runs/new", runs.plan, name="runs-new"),
    path("o/<slug:slug>/runs/<int:run>", runs.run, name="runs-one"),
    path("o/<slug:slug>/runs/<int:run>/pause", runs.pause, name="runs-pause"),
    path("o/<slug:slug>/runs/<int:run>/go-on", runs.go_on, name="runs-go-on"),
    path("o/<slug:slug>/runs/<int:run>/approve", second.approve, name="runs-approve"),
    path("o/<slug:slug>/runs/<int:run>/withdraw", second.withdraw, name="runs-withdraw"),
    path("o/<slug:slug>/runs/<int:run>/review", second.review, name="runs-review"),
    path("o/<slug:slug>/runs/<int:run>/review/<int:place>", second.say, name="runs-say"),
    path("o/<slug:slug>/runs/<int:run>/papers", jobs.papers, name="runs-papers"),
    path("o/<slug:slug>/jobs/<int:job>", jobs.job, name="jobs-one"),
    path("o/<slug:slug>/jobs/<int:job>/fetch", jobs.fetch, name="jobs-fetch"),
    path("o/<slug:slug>/imports", imports.imports, name="imports"),
    path("o/<slug:slug>/imports/undo/<int:number>", imports.undo, name="imports-undo"),
    path("o/<slug:slug>/imports/<int:upload>", imports.upload, name="imports-one"),
    path("o/<slug:slug>/imports/<int:upload>/map", imports.map_columns, name="imports-map"),
    path("o/<slug:slug>/imports/<int:upload>/mend", imports.mend, name="imports-mend"),
    path("o/<slug:slug>/imports/<int:upload>/take", imports.take, name="imports-take"),
    path("o/<slug:slug>/imports/<int:upload>/drop", imports.drop, name="imports-drop"),
    path("o/<slug:slug>/imports/<int:upload>/rejects", imports.rejects, name="imports-rejects"),
    path("o/<slug:slug>/bills", bills.bills, name="bills"),
    path("o/<slug:slug>/bills/pdf/<path:number>", bills.paper, name="bills-pdf"),
    path("o/<slug:slug>/bills/record/<path:number>", bills.record, name="bills-record"),
    path("o/<slug:slug>/bills/explain/<path:number>", bills.explain, name="bills-explain"),
    path("o/<slug:slug>/bills/credit/<path:number>", crediting.credit, name="bills-credit"),
    path("o/<slug:slug>/bills/<path:number>", bills.bill, name="bills-one"),
    path("o/<slug:slug>/customers", master.customers, name="customers"),
    path(
        "o/<slug:slug>/customers/edit/<path:customer>", master.edit_customer, name="customers-edit"
    ),
    path("o/<slug:slug>/customers/<path:customer>", master.customer, name="customers-one"),
    path("o/<slug:slug>/items", master.items, name="items"),
    path("o/<slug:slug>/items/edit/<path:item>", master.edit_item, name="items-edit"),
    path("o/<slug:slug>/items/<path:item>", master.item, name="items-one"),
    path("o/<slug:slug>/prices", pricing.plans, name="prices"),
    path("o/<slug:slug>/prices/try", pricing.simulate, name="prices-try"),
    path("o/<slug:slug>/prices/plan/<path:plan>", pricing.plan, name="prices-one"),
    path("o/<slug:slug>/agreements", pricing.agreements, name="agreements"),
    path("o/<slug:slug>/tax", pricing.tax, name="tax"),
    path("o/<slug:slug>/find", find.find, name="find"),
    path("o/<slug:slug>/sellers", setup.sellers, name="sellers"),
    path("o/<slug:slug>/checks", setup.checks, name="checks"),
    path("o/<slug:slug>/checks/<slug:name>", setup.check, name="checks-one"),
    path("o/<slug:slug>/members", members.members, name="members"),
    path("o/<slug:slug>/members/let-in", members.let_in, name="members-let-in"),
    path("o/<slug:slug>/members/<int:person>", members.change, name="members-change"),
]
