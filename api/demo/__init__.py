"""`spoina demo`: the whole product on one machine, beside a simulated WooCommerce shop, with nothing to install or to configure.

One process starts the others and stays: the embedded servers, the simulated shop, the API, the worker. Each of them ends when it does,
whatever ends it (api/demo/bound.py), and what is left all the same is ended by the next start (api/demo/children.py).
"""
