"""Exchanges by the Python clients of QCC and PatSnap: prints how many, and the processor seconds."""

import json
import sys
import time

kind, base, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
key, secret = sys.argv[4], sys.argv[5]
COMPANY = "小米科技有限责任公司"

if kind == "qcc":
    import requests
    from qichacha import QichachaClient

    # The client has its address and operations built in: its search by name goes to the operation
    # of the same vendor that takes a name as well.
    get = requests.get

    def redirected(url, headers, params):
        params = {"key": params["key"], "keyWord": params["keyword"]}
        return get(base + "/api/yj/EciImage/GetEciImage", headers=headers, params=params)

    requests.get = redirected
    client = QichachaClient(key, secret)

    def exchange():
        link, _ = client.search(COMPANY)
        assert link.startswith("http"), link

else:
    from patsnap_pythonSDK.auth import AuthClient
    from patsnap_pythonSDK.http import HttpClient

    auth = AuthClient(key, secret, token_url=base + "/oauth/token")
    http = HttpClient(auth, base_url=base)
    order = {"report_type": "pdf", "company_name": COMPANY}

    def exchange():
        reply = http.post_json("innovation/company-report/task/create", json_body=order)
        assert reply["data"]["job_id"], reply


exchange()
begin = time.process_time()
for _ in range(count):
    exchange()
print(json.dumps({"exchanges": count, "seconds": time.process_time() - begin}))
