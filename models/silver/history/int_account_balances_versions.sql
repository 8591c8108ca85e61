{{ version_index('account_balances', key='balance_id') }}
