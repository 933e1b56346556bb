// Runs a session with XmlRpc++: fetches rows, and prints what it received as lines of "name value".
#include <cstdlib>
#include <iostream>
#include <string>
#include <xmlrpcpp/XmlRpc.h>

using namespace XmlRpc;

static bool call(XmlRpcClient &client, const char *method, const XmlRpcValue &params, XmlRpcValue &result) {
  if (client.execute(method, params, result) && !client.isFault()) return true;
  std::cout << method << " failed" << std::endl;
  return false;
}

static XmlRpcValue listed(const char *method) {
  XmlRpcValue call;
  call["methodName"] = method;
  return call;
}

// Makes the calls that do what otherwise takes several.
static int oneCall(const std::string &host, int port, const std::string &path) {
  const std::string rows = "select seq, nullif(seq, 1) from numbers where seq < 3";
  const std::string insert = "insert into one_call values (%s)";
  XmlRpcValue none, query, change, transaction, session, batch, once, result;
  XmlRpcClient service(host.c_str(), port, path.c_str());
  query[0] = rows;
  if (!call(service, "query", query, result)) return 1;
  std::cout << "query " << result["rows"] << result["rowcount"] << std::endl;
  change[0] = insert;
  change[1][0] = 5;
  if (!call(service, "query", change, result)) return 1;
  std::cout << "change " << result["columns"] << result["rowcount"] << std::endl;
  transaction[0][0][0] = insert;
  transaction[0][0][1][0] = 6;
  transaction[0][1][0] = rows;
  if (!call(service, "transaction", transaction, result)) return 1;
  std::cout << "transaction " << result[0]["rowcount"] << result[1]["rows"] << std::endl;
  session[0][0] = listed("execute");
  session[0][0]["params"][0] = rows;
  session[0][1] = listed("fetchall");
  session[1]["timeout"] = 30;
  if (!call(service, "session", session, result)) return 1;
  std::cout << "session " << result["results"] << std::endl;
  const std::string uri = path + "/" + std::string(result["id"]);
  XmlRpcClient cursor(host.c_str(), port, uri.c_str());
  batch[0][0] = listed("touch");
  batch[0][1] = listed("rowcount");
  if (!call(cursor, "batch", batch, result)) return 1;
  std::cout << "batch " << result << std::endl;
  once[0] = 1;
  once[1] = "query";
  once[2][0] = rows;
  for (int i = 0; i < 2; i++) {
    if (!call(cursor, "once", once, result)) return 1;
    std::cout << (i == 0 ? "once " : "again ") << result["rows"] << std::endl;
  }
  if (!call(cursor, "touch", none, result)) return 1;
  std::cout << "touch " << result << std::endl;
  if (!call(cursor, "ping", none, result)) return 1;
  std::cout << "ping " << (double(result) > 20 && double(result) <= 30) << std::endl;
  if (!call(cursor, "close", none, result)) return 1;
  std::cout << "close " << result << std::endl;
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const std::string host = argv[1], path = argv[3];
  const int port = atoi(argv[2]);
  if (std::string(argv[4]) == "one-call") return oneCall(host, port, path);
  XmlRpcValue none, query, session, rows;
  XmlRpcClient service(host.c_str(), port, path.c_str());
  if (!call(service, "cursor", none, session)) return 1;
  const std::string uri = path + "/" + std::string(session);
  XmlRpcClient cursor(host.c_str(), port, uri.c_str());
  query[0] = argv[4];
  if (!call(cursor, "execute", query, rows)) return 1;
  std::cout << "execute " << rows << std::endl;
  if (!call(cursor, "fetchall", none, rows)) return 1;
  std::cout << "rows " << rows.size() << std::endl;
  if (rows.size() > 0) std::cout << "first " << rows[0] << std::endl;
  if (!call(cursor, "close", none, rows)) return 1;
  return 0;
}
