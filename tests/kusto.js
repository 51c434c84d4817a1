// Reads a JSON array of Kusto queries from standard input and writes, for each of them, the faults that Microsoft's
// language service finds, as a JSON array of arrays. The argument is the folder of the package.
"use strict";
const fs = require("fs");
const path = require("path");
const vm = require("vm");

for (const name of ["bridge.min.js", "Kusto.Language.Bridge.min.js"]) {
  vm.runInThisContext(fs.readFileSync(path.join(process.argv[2], name), "utf8"), name);
}
const L = Kusto.Language;
// Of workspace-based Application Insights: Microsoft Learn, "Azure Monitor Logs reference".
const TABLES = {
  AppTraces:
    "(TimeGenerated: datetime, Message: string, SeverityLevel: int, Properties: dynamic, OperationId: string, " +
    "OperationName: string, AppRoleName: string, AppRoleInstance: string, ItemCount: int, _ResourceId: string)",
  AppRequests:
    "(TimeGenerated: datetime, Name: string, Success: bool, ResultCode: string, DurationMs: real, Url: string, " +
    "Properties: dynamic, OperationId: string, AppRoleName: string, AppRoleInstance: string, ItemCount: int, " +
    "_ResourceId: string)",
  AppExceptions:
    "(TimeGenerated: datetime, ProblemId: string, ExceptionType: string, OuterMessage: string, Details: dynamic, " +
    "SeverityLevel: int, Properties: dynamic, OperationId: string, AppRoleName: string, AppRoleInstance: string, " +
    "ItemCount: int, _ResourceId: string)",
};
const tables = Object.entries(TABLES).map(([name, columns]) => new L.Symbols.TableSymbol.$ctor7(name, columns, null));
const globals = L.GlobalState.Default.WithDatabase(new L.Symbols.DatabaseSymbol.$ctor2("logs", null, tables));

function faults(query) {
  const found = L.KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, i) => found.getItem(i)).map(
    (fault) => `${fault.Code} at ${fault.Start}: ${fault.Message}`,
  );
}
process.stdout.write(JSON.stringify(JSON.parse(fs.readFileSync(0, "utf8")).map(faults)));
