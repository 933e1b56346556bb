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

int main(int argc, char **argv) {
  if (argc < 5) return 2;
  const std::string host = argv[1], path = argv[3];
  const int port = atoi(argv[2]);
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
